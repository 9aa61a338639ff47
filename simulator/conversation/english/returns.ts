import type { Lines } from '../lines.ts'

export const returns: Lines = {
  problem: [
    'I want to send back a jacket that does not fit.',
    'The kettle I bought stopped working after two days.',
    'I sent something back and have no refund yet.',
    'Hello, [the {product} arrived with a crack down the side].',
    'Good afternoon, [I returned order {order} and was only paid half of it].',
  ],
  detail: [
    'I still have the box and the receipt.',
    'I dropped it at the parcel shop a week ago.',
    'The label you sent me cannot be printed.',
    'I would rather have another size than the money.',
    'It cost {amount}, postage not included.',
    'I handed it in at the counter in {town}.',
    'The {product} has hardly been used.',
    'It says on your page that I have thirty days.',
    'I took photographs before I packed it.',
  ],
  upset: [
    'I have waited three weeks for my own money.',
    'The replacement is broken as well, that is terrible.',
    'Nobody answers the mails about my refund.',
    'It is ridiculous that I have to pay for your faulty goods.',
    'You lost my parcel and now you blame me.',
    'I will never buy anything here again.',
  ],
  work: [
    'I am sending you a new label right now.',
    'The refund is approved and on its way.',
    'We will collect it from your home at no cost.',
    'The warehouse logged your parcel on {date}.',
    'You will have {amount} back within five working days.',
    'You may keep the {product}, there is no need to return it.',
    'I can offer you an exchange or a voucher.',
    'Please put the old label over the new one.',
  ],
}
