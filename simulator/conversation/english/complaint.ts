import type { Lines } from '../lines.ts'

export const complaint: Lines = {
  problem: [
    'I would like to make a formal complaint.',
    'Your colleague hung up on me this morning.',
    'I have written to you twice and never got an answer.',
    'Hello, [I was treated very rudely in your shop in {town}].',
    'Good morning, [my complaint of {date} was closed without a word].',
  ],
  detail: [
    'I spoke to two people and both said something different.',
    'I have kept a list of everybody I talked to.',
    'The case number in the letter is {order}.',
    'It was around lunch time on {weekday}.',
    'I would like the answer in writing this time.',
    'An apology would have been enough for me.',
    'The recording of that call should prove it.',
    'There were other customers who heard it.',
    'I have been with you for eleven years.',
  ],
  upset: [
    'I want to speak to a supervisor now.',
    'You people just pass me from one desk to the next.',
    'I will take this to the ombudsman.',
    'This is the worst service I have ever had.',
    'Being put on hold again is an insult.',
    'Every promise you made has been broken.',
  ],
  work: [
    'I am very sorry that this happened to you.',
    'I will open a complaint and give you its number.',
    'The team leader will ring you back before {weekday}.',
    'What would be a fair outcome in your view?',
    'I will listen to the recording of that call myself.',
    'We have eight weeks to reply, but it will not take that long.',
    'I am adding {amount} to your account as an apology.',
    'Your complaint has the number {order}.',
  ],
}
