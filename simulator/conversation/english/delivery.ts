import type { Lines } from '../lines.ts'

export const delivery: Lines = {
  problem: [
    'The driver left my parcel with somebody I do not know.',
    'The sofa was delivered with one leg missing.',
    'It says delivered, but there is nothing at my door.',
    'Hi, [I would like order {order} to be brought to the parcel shop instead].',
    'Hello, [the delivery of my {product} was called off again this morning].',
  ],
  detail: [
    'There is a porch, it would have been dry there.',
    'The photograph shows a red door and mine is white.',
    'I was at home between {time} and noon.',
    'It has to go up to the fourth floor, without a lift.',
    'The card in the letter box has no name on it.',
    'The van stopped, I saw it, and then it drove on.',
    'My neighbours on both sides have nothing.',
    'The box was wet through and open on one side.',
    'There are two streets of that name in {town}.',
  ],
  upset: [
    'He threw it over the gate, I have it on film.',
    'This is medicine, it cannot lie about in a depot.',
    'You say tomorrow every day.',
    'I have carried it up the stairs myself, with my back.',
    'The driver shouted at me in front of the children.',
    'I paid extra for {weekday} and got nothing.',
  ],
  work: [
    'I will ask the driver where he left it.',
    'The van should be with you by {time}.',
    'I can have it brought to the shop in {town}.',
    'Two people will carry it up, it is booked for {date}.',
    'Could a neighbour take it in for you?',
    'I am refunding the delivery charge of {amount}.',
    'The missing part goes out to you today.',
    'I have noted that it must not be left outside.',
  ],
}
