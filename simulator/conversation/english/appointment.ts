import type { Lines } from '../lines.ts'

export const appointment: Lines = {
  problem: [
    'I need to move my appointment to another day.',
    'I am waiting for your engineer and nobody is here.',
    'Can somebody come and look at the boiler this week?',
    'Hi, [I booked a visit for {weekday} but got no confirmation].',
    'Hello, [I would like the earliest appointment in {town}].',
  ],
  detail: [
    'Mornings are better, I work in the afternoon.',
    'The doorbell is broken, so please knock.',
    'I was given a window between {time} and noon.',
    'Somebody has to be let in by the caretaker.',
    'There is parking behind the house.',
    'On {weekday} I can be at home from {time}.',
    'The last one took only twenty minutes.',
    'We have a dog, but he is friendly.',
    'Could he call before he sets off?',
  ],
  upset: [
    'I took a day off for nothing.',
    'He did not ring, he just left a card in the door.',
    'You have moved my appointment four times now.',
    'We have had no heating since {weekday} and there is a baby in the house.',
    'A window of eight hours is a joke.',
    'I was told someone would come and it was a lie.',
  ],
  work: [
    'I have a slot on {weekday} at {time}, would that suit you?',
    'The engineer is running late, he is still in {town}.',
    'I have moved your visit to {date}.',
    'You will get a message when he is on his way.',
    'Is there anything he should know about the access?',
    'The next free morning is {date}.',
    'I will mark it as urgent because of the child.',
    'Please keep the area around the meter clear.',
  ],
}
