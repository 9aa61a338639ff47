import type { Lines } from '../lines.ts'

export const collections: Lines = {
  problem: [
    'I got a reminder and cannot pay all of it at once.',
    'You sent me a final notice for a bill that I have paid.',
    'I lost my job and need to talk about my payments.',
    'Hello, [the letter says I owe {amount} and that cannot be right].',
    'Good afternoon, [I missed the instalment on {date} and want to put it right].',
  ],
  detail: [
    'My wages come in on the last day of the month.',
    'I could manage {amount} a month, I think.',
    'The receipt of the transfer is dated {date}.',
    'Part of it belongs to my former flatmate.',
    'I have been off sick since the winter.',
    'The debit bounced because the account was empty.',
    'I never received the first reminder, we had moved.',
    'I spoke to an adviser at the town hall.',
    'From summer on it will be easier again.',
  ],
  upset: [
    'Your letters frighten my mother.',
    'You add fees to fees until nobody can pay.',
    'I will not be spoken to like a criminal.',
    'I told you that I have no work and you send a bailiff.',
    'You ring me at work, which is not allowed.',
    'It was paid weeks ago, can nobody there read?',
  ],
  work: [
    'Thank you for calling us about it, that is the best thing to do.',
    'We can split it into instalments of {amount}.',
    'I have stopped the reminders until {date}.',
    'Let us go through what comes in and what goes out.',
    'I can take off the late fee this once.',
    'The transfer has arrived, it had the wrong reference.',
    'There is free advice for this, shall I send you the address?',
    'The first payment would be due on {date}.',
  ],
}
