import type { Lines } from '../lines.ts'

export const order: Lines = {
  problem: [
    'I would like to know where my parcel is.',
    'I ordered two lamps and only one has arrived.',
    'Can I still change the address on my order?',
    'Hi, [my order {order} has been stuck in processing since {weekday}].',
    'Hello, [I ordered the {product} but the confirmation shows something else].',
  ],
  detail: [
    'The tracking page has not moved since Monday.',
    'The order came in a small brown box.',
    'I ordered it as a gift for the weekend.',
    'The confirmation said three working days.',
    'The number on the mail is {order}.',
    'I only need the {product}, the rest can wait.',
    'I paid {amount} including the wrapping.',
    'I chose the blue one, I am quite sure of it.',
    'I may have pressed the button twice.',
  ],
  upset: [
    'It was promised for last week and nothing has come.',
    'I stayed at home all day for a parcel that never came.',
    'Your tracking page is useless.',
    'Nobody in your shop seems to know what was ordered.',
    'You sold me something that you do not even have.',
    'The party was yesterday, now I do not need it any more.',
  ],
  work: [
    'I can see the parcel at the local depot.',
    'I will ask the carrier to deliver it tomorrow morning.',
    'The second lamp ships separately, it leaves today.',
    'The {product} is back in stock on {date}.',
    'I have moved your order {order} to the front of the line.',
    'Let me swap the colour before it is packed.',
    'I will take the second one off the order for you.',
    'Would you like us to send the {product} in green instead?',
  ],
}
