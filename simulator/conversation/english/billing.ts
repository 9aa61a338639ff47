import type { Lines } from '../lines.ts'

export const billing: Lines = {
  problem: [
    'My invoice this month is twice what I normally pay.',
    'I was charged for a service that I never ordered.',
    'I cannot see why my direct debit went up again.',
    'Hello, [I have been billed {amount} and I do not know what for].',
    'Good morning, [you took the same payment twice on {date}].',
  ],
  detail: [
    'The amount on page two is the one I do not understand.',
    'I did change my plan, but that was in spring.',
    'The payment went out on the first of the month.',
    'I have paid the other one in full already.',
    'My bank shows {amount}, the letter says something else.',
    'There is a line that only says adjustment.',
    'I always pay by standing order, never by card.',
    'The discount of {amount} is missing as well.',
    'It used to be {amount} all through last year.',
  ],
  upset: [
    'This is the third time the bill is wrong.',
    'Nobody told me about this charge and I am really annoyed.',
    'I keep paying for mistakes that are not mine.',
    'You help yourselves to my account as you please.',
    'I should not have to check every single bill.',
    'Now my bank charges me too because of your error.',
  ],
  work: [
    'I can see the extra line on your invoice.',
    'I will credit that amount to your account.',
    'The charge belongs to the old plan, let me remove it.',
    'Your next invoice will be {amount}, I have just worked it out.',
    'The two payments have different references, let me compare them.',
    'I will send you a corrected invoice dated {date}.',
    'Part of it is for the days before you moved.',
    'I am taking {amount} off as a gesture.',
  ],
}
