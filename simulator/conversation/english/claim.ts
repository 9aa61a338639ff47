import type { Lines } from '../lines.ts'

export const claim: Lines = {
  problem: [
    'I need to report some water damage in my kitchen.',
    'Somebody drove into my car while it was parked.',
    'I would like to hear how far you are with my claim.',
    'Hello, [my {product} was stolen from the garage on {weekday}].',
    'Good morning, [you refused my claim {order} and I do not see why].',
  ],
  detail: [
    'The plumber said it had been dripping for weeks.',
    'I have the report of the police here.',
    'The repair was estimated at {amount}.',
    'There is a dent in the left door, nothing more.',
    'It happened on {date}, late in the evening.',
    'I sent all the photographs through your page.',
    'The other driver was from {town}.',
    'The carpet can be saved, the cupboard cannot.',
    'I have been insured with you since I was twenty.',
  ],
  upset: [
    'I pay every month and when I need you there is nothing.',
    'We have been sleeping in the living room for weeks.',
    'Your assessor was here for two minutes.',
    'You always find some small print.',
    'I am still waiting for the money and the builders want theirs.',
    'Three letters and each one asks for the same papers.',
  ],
  work: [
    'I am glad that nobody was hurt.',
    'Your claim has the number {order}.',
    'The assessor can be in {town} on {date}.',
    'Please keep the damaged parts until he has seen them.',
    'The excess on your policy is {amount}.',
    'I have all the papers now, nothing is missing.',
    'We will pay the garage directly.',
    'Was anybody there who saw how it happened?',
  ],
}
