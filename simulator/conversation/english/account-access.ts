import type { Lines } from '../lines.ts'

export const accountAccess: Lines = {
  problem: [
    'I am locked out of my account.',
    'I never get the code that I am supposed to type in.',
    'I have a new phone and cannot confirm anything any more.',
    'Hello, [I got a message about a sign-in from {town} that was not me].',
    'Hi, [your page says my password has expired since {date}].',
  ],
  detail: [
    'I tried it three times, then it said wait an hour.',
    'The reset mail does not arrive, not even as spam.',
    'My user name is my old mail address, I think.',
    'I can see the code, but it is gone before I have typed it.',
    'I have had the same password for ages.',
    'The app asks for a fingerprint and then closes.',
    'The last time it worked was {weekday}.',
    'My wife can still get in with hers.',
    'I never chose a security question.',
  ],
  upset: [
    'Somebody has broken into my account and you do nothing.',
    'I cannot even see my own money.',
    'Your security only keeps out the customers.',
    'I have answered these silly questions five times today.',
    'The robot on your line never understands me.',
    'This has cost me the whole morning.',
  ],
  work: [
    'I will send you a new link, it is good for one hour.',
    'For your safety I have signed out all devices.',
    'Please choose a password that you use nowhere else.',
    'The block goes away by itself at {time}.',
    'I can see the attempt from {town}, it was refused.',
    'Let me remove the old phone from your account.',
    'Could you read me the first letter of your memorable word?',
    'You should see a green tick at the top now.',
  ],
}
