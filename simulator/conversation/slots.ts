import type { Random } from '../random.ts'

/** `spokenCard` is a card number read out as words. */
export type PiiKind = 'card' | 'spokenCard' | 'cvv' | 'phone' | 'email' | 'nationalId' | 'name' | 'address'

export interface Slot {
  /** What a masking reader should hide; null: harmless. */
  pii: PiiKind | null
  /** Place in the memory of one conversation, in which it is the same order and the same town throughout; null: drawn anew. */
  memory: number | null
  draw(random: Random): string
}

const digits = (random: Random, count: number): string => String(random.whole(0, 10 ** count - 1)).padStart(count, '0')
const fromList =
  (list: readonly string[]) =>
  (random: Random): string =>
    random.pick(list)

// Published by payment providers for tests: valid check digits, never issued.
const cardGroups = [
  ['4111', '1111', '1111', '1111'],
  ['4242', '4242', '4242', '4242'],
  ['5555', '5555', '5555', '4444'],
  ['5105', '1051', '0510', '5100'],
  ['4000', '0566', '5566', '5556'],
  ['6011', '1111', '1111', '1117'],
  ['3782', '822463', '10005'],
]
const digitWords = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const inWords = (group: string): string =>
  group
    .split('')
    .map((digit) => digitWords[Number(digit)])
    .join(' ')
const writtenCards = cardGroups.flatMap((groups) => [
  groups.join(' '),
  groups.join(' '),
  groups.join(' '),
  groups.join('-'),
  groups.join(''),
])
const spokenCards = cardGroups.map((groups) => groups.map(inWords).join(', '))

// Ofcom keeps these ranges free for fiction.
const phoneStarts = ['+44 20 7946 0', '020 7946 0', '01632 960', '01632 960 ', '+44 1632 960']

// Trees and birds: nobody's name.
const givenNames = ['Rowan', 'Hazel', 'Aspen', 'Linden', 'Laurel', 'Myrtle', 'Bryony', 'Sorrel', 'Tamarisk', 'Hawthorn']
const familyNames = ['Kestrel', 'Siskin', 'Dunnock', 'Linnet', 'Curlew', 'Avocet', 'Goldcrest', 'Wheatear', 'Redstart', 'Fieldfare']
const persons = givenNames.flatMap((given) => familyNames.map((family) => `${given} ${family}`))
const mailboxes = persons.flatMap((person) => {
  const [given = '', family = ''] = person.toLowerCase().split(' ')
  return [`${given}.${family}@example.com`, `${given}${family.charAt(0)}@example.org`]
})

// Places on no map.
const towns = ['Larkham', 'Thornwick St Mary', 'Overmoor', 'Aldermouth', 'Brackenfold', 'Pennyditch', 'Wrenbury Sands', 'Hollin Cross']
const streets = ['Larch Lane', 'Old Kiln Road', 'Teasel Street', 'Millrace Walk', 'Heron Way', 'Quarry Rise']

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const dates = months.flatMap((month) => Array.from({ length: 28 }, (_, day) => `${day + 1} ${month}`))
const times = Array.from({ length: 40 }, (_, quarter) => `${8 + Math.floor(quarter / 4)}:${String((quarter % 4) * 15).padStart(2, '0')}`)
const pence = ['.00', '.50', '.90', '.99', '.25', '.40']
const amount = (random: Random): [pounds: number, pence: string] => [random.whole(3, 480), random.pick(pence)]

const products = [
  'desk lamp',
  'folding bicycle',
  'rain jacket',
  'kettle',
  'standing desk',
  'headset',
  'router',
  'garden bench',
  'coffee machine',
  'pair of walking boots',
  'tablet',
  'bookcase',
  'electric heater',
  'set of saucepans',
]

let memories = 0
const plain = (draw: Slot['draw']): Slot => ({ pii: null, memory: null, draw })
const kept = (draw: Slot['draw'], pii: PiiKind | null = null): Slot => ({ pii, memory: memories++, draw })

export const slots: Readonly<Record<string, Slot>> = {
  amount: plain((random) => `£${amount(random).join('')}`),
  euros: plain((random) => `${amount(random).join('').replace('.', ',')} €`),
  date: plain(fromList(dates)),
  time: plain(fromList(times)),
  weekday: plain(fromList(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'])),
  dia: plain(fromList(['segunda-feira', 'terça-feira', 'quarta-feira', 'quinta-feira', 'sexta-feira'])),
  order: kept((random) => `${random.pick(['CB', 'LX', 'TR', 'ND'])}-${digits(random, 5)}`),
  product: kept(fromList(products)),
  town: kept(fromList(towns)),
  person: kept(fromList(persons), 'name'),
  address: kept((random) => `${random.whole(1, 98)} ${random.pick(streets)}, ${random.pick(towns)}`, 'address'),
  card: kept(fromList(writtenCards), 'card'),
  cardWords: kept(fromList(spokenCards), 'spokenCard'),
  cvv: kept((random) => digits(random, 3), 'cvv'),
  phone: kept((random) => `${random.pick(phoneStarts)}${digits(random, 3)}`, 'phone'),
  email: kept(fromList(mailboxes), 'email'),
  // A national insurance number; the prefix QQ is never given out.
  nationalId: kept(
    (random) => `QQ ${digits(random, 2)} ${digits(random, 2)} ${digits(random, 2)} ${random.pick(['A', 'B', 'C', 'D'])}`,
    'nationalId',
  ),
}

/** How many slots one conversation remembers. */
export const memorySize = memories
