import type { Lines } from '../lines.ts'

export const cancellation: Lines = {
  problem: [
    'I would like to end my contract.',
    'I found a cheaper offer and want to leave.',
    'I am moving abroad and need to close my account.',
    'Hello, [I want to stop the service from {date} on].',
    'Good morning, [I would like to know how to get out of my contract].',
  ],
  detail: [
    'My contract should run until the end of the quarter.',
    'I do not use the television package at all.',
    'My neighbour pays a lot less for the same.',
    'I would stay if the price were fair.',
    'The other company asks for {amount} a month.',
    'We are moving to {town} in a few weeks.',
    'I sent the letter on {date}, by registered post.',
    'The new flat already has a connection.',
    'My husband signed it, but he has passed it on to me.',
  ],
  upset: [
    'I asked to cancel my subscription a month ago and nothing happened.',
    'You make it far too hard to leave.',
    'I am tired of asking for the same thing.',
    'I do not want another offer, I want to be gone.',
    'You are still taking money for a service that I ended.',
    'It took me an hour to find a person to talk to.',
  ],
  work: [
    'May I ask what made you decide to leave?',
    'I could offer you a lower price for the next year.',
    'I will send you the confirmation of the end date.',
    'Your notice period runs until {date}.',
    'We would be sorry to lose you after all these years.',
    'There is no fee if you leave after {date}.',
    'I can pause the service instead, if you like.',
    'Please send the box back within two weeks.',
  ],
}
