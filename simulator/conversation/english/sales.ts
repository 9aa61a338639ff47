import type { Lines } from '../lines.ts'

export const sales: Lines = {
  problem: [
    'I saw your offer and would like to know more.',
    'I am looking for a plan for a family of four.',
    'Do you still have the starter package?',
    'Hi, [I would like a price for the {product} with installation].',
    'Good afternoon, [we are opening a second shop in {town} and need lines for it].',
  ],
  detail: [
    'We use about twice as much as last year.',
    'It should not cost more than what we pay now.',
    'I would need it before the end of the month.',
    'How long would I be bound to it?',
    'A colleague told me about your business plan.',
    'My budget is {amount} a month, not more.',
    'Would the {product} be included in that?',
    'We are six people in the office, sometimes eight.',
    'Could you put that in writing for my partner?',
  ],
  upset: [
    'The price on your page was lower than that.',
    'I do not like all these hidden extras.',
    'That sounds far too expensive.',
    'You called me three times and I said no each time.',
    'New customers get everything and we get nothing.',
    'Your salesman in {town} promised me something else.',
  ],
  work: [
    'For a family I would suggest the large plan.',
    'The set-up is free until Friday.',
    'You can change or leave every month.',
    'With the {product} it comes to {amount} a month.',
    'I will mail you the quote, it is valid until {date}.',
    'Would you rather pay monthly or once a year?',
    'The first three months are at half price.',
    'I can reserve one of them for you today.',
  ],
}
