import type { Lines } from '../lines.ts'

export const technical: Lines = {
  problem: [
    'The connection drops every evening around eight.',
    'I cannot sign in after the last update.',
    'The box shows a red light and nothing works.',
    'Hi, [the picture freezes whenever somebody else is online].',
    'Hello, [my {product} will not connect to the network any more].',
  ],
  detail: [
    'I have restarted it twice already.',
    'It happens on the phone and on the computer.',
    'The light turns green for a minute and then goes off.',
    'It worked without a problem until yesterday.',
    'There was a thunderstorm in {town} that night.',
    'The cable looks fine, I have just changed it.',
    'Upstairs it is much worse than in the kitchen.',
    'The message says time out and then a long code.',
    'My neighbour has the same trouble since {weekday}.',
  ],
  upset: [
    'I work from home and this makes it impossible.',
    'I have called about this every week, it is so frustrating.',
    'The technician never showed up.',
    'Please do not tell me to switch it off and on again.',
    'I am paying for a speed that I have never seen.',
    'The last update of yours has broken everything.',
  ],
  work: [
    'Please unplug the box and count to ten.',
    'I am running a test on your line now.',
    'I can see the fault, I will reset the port from here.',
    'Which lights do you see on the front?',
    'There is an outage in {town}, the crew is on its way.',
    'I will send you a new {product}, it takes two days.',
    'Try the other channel, I have just changed it from here.',
    'The signal has been weak since {date}, I can see it here.',
  ],
}
