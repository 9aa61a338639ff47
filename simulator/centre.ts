import type { Intent } from './conversation/lines.ts'

export const ACCOUNT_ID = '111122223333'
export const REGION = 'eu-west-1'
export const INSTANCE_ID = '10000000-0000-4000-8000-00000000de00'
export const INSTANCE_ARN = `arn:aws:connect:${REGION}:${ACCOUNT_ID}:instance/${INSTANCE_ID}`

/** The first digit tells the kind of thing: 2 agent, 3 queue, 4 status, 5 hierarchy group, 6 routing profile. */
const idOf = (kind: number, n: number): string => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`
const arnOf = (path: string, id: string): string => `${INSTANCE_ARN}/${path}/${id}`

export interface Queue {
  index: number
  arn: string
  name: string
  /** Mean time between calls. */
  everyMs: number
  /** Mean time between chats; undefined: no chats. */
  chatEveryMs?: number
  talkMs: number
  language: 'en-GB' | 'pt-PT'
  intents: readonly Intent[]
  number: string
}

interface Profile {
  index: number
  arn: string
  name: string
  /** Indices into `queues`. */
  queues: readonly number[]
  chats: number
}

export interface Status {
  arn: string
  name: string
  type: 'ROUTABLE' | 'CUSTOM' | 'OFFLINE'
}

export interface Person {
  index: number
  id: string
  arn: string
  firstName: string
  lastName: string
  username: string
  profile: Profile
  site: { arn: string; name: string }
  team: { arn: string; name: string }
}

const queue = (index: number, name: string, load: Pick<Queue, 'everyMs' | 'talkMs' | 'intents'> & Partial<Queue>): Queue => ({
  index,
  arn: arnOf('queue', idOf(3, index + 1)),
  name,
  language: 'en-GB',
  // Ofcom keeps 01632 960xxx free for fiction.
  number: `+44163296000${index}`,
  ...load,
})

export const queues: readonly Queue[] = [
  queue(0, 'Billing', { everyMs: 56_000, talkMs: 180_000, intents: ['billing', 'billing', 'billing', 'cancellation'] }),
  queue(1, 'Sales', { everyMs: 64_000, talkMs: 200_000, intents: ['sales'] }),
  queue(2, 'Support', { everyMs: 74_000, chatEveryMs: 380_000, talkMs: 190_000, intents: ['technical', 'order', 'billing'] }),
  queue(3, 'Orders', { everyMs: 72_000, chatEveryMs: 290_000, talkMs: 160_000, intents: ['order'] }),
  queue(4, 'Returns', { everyMs: 104_000, talkMs: 170_000, intents: ['returns'] }),
  queue(5, 'Technical', { everyMs: 118_000, talkMs: 240_000, intents: ['technical'] }),
  queue(6, 'Cancellations', { everyMs: 130_000, talkMs: 210_000, intents: ['cancellation'] }),
  queue(7, 'Portuguese line', { everyMs: 135_000, talkMs: 190_000, language: 'pt-PT', intents: ['billing', 'order', 'technical'] }),
]
export const BILLING = 0
export const SALES = 1
export const SUPPORT = 2
export const ORDERS = 3
export const TECHNICAL = 5

const profile = (index: number, name: string, queues: number[], chats: number): Profile => ({
  index,
  arn: arnOf('routing-profile', idOf(6, index + 1)),
  name,
  queues,
  chats,
})
const profiles: readonly Profile[] = [
  profile(0, 'Billing desk', [0, 6], 0),
  profile(1, 'Sales and retention', [1, 6], 0),
  profile(2, 'Orders and returns', [3, 4], 2),
  profile(3, 'Technical desk', [5, 2], 2),
  profile(4, 'Portuguese and support', [7, 2], 2),
]
export const BILLING_DESK = 0

const status = (n: number, name: string, type: Status['type']): Status => ({ arn: arnOf('agent-state', idOf(4, n)), name, type })
export const available = status(1, 'Available', 'ROUTABLE')
export const offline = status(2, 'Offline', 'OFFLINE')
/** What agents leave for, with the usual length. */
export const pauses = {
  rest: { status: status(3, 'Break', 'CUSTOM'), typicalMs: 10 * 60_000 },
  lunch: { status: status(4, 'Lunch', 'CUSTOM'), typicalMs: 30 * 60_000 },
  training: { status: status(5, 'Training', 'CUSTOM'), typicalMs: 20 * 60_000 },
} as const

const group = (n: number, name: string): { arn: string; name: string } => ({ arn: arnOf('agent-group', idOf(5, n)), name })
const sites = [group(1, 'Porto'), group(2, 'Leeds')] as const
const teams = ['Porto Blue', 'Porto Green', 'Porto Red', 'Leeds Amber', 'Leeds Teal', 'Leeds Violet'].map((name, i) => group(11 + i, name))
// Trees and birds: nobody's name.
const trees = ['Alder', 'Birch', 'Cedar', 'Elder', 'Fir', 'Juniper', 'Larch', 'Maple']
const birds = ['Finch', 'Heron', 'Lark', 'Osprey', 'Plover', 'Wren']
/** How many people have each profile; adds up to 48. */
const headcount = [11, 10, 12, 8, 7]

export const people: readonly Person[] = headcount
  .flatMap((count, p) => Array.from({ length: count }, () => p))
  .map((profileIndex, index) => {
    const id = idOf(2, index + 1)
    const [firstName, lastName] = [trees[index % 8] ?? '', birds[Math.floor(index / 8)] ?? '']
    const team = index % 6
    return {
      index,
      id,
      arn: arnOf('agent', id),
      firstName,
      lastName,
      username: `${firstName}.${lastName}`.toLowerCase(),
      profile: profiles[profileIndex]!,
      site: sites[team < 3 ? 0 : 1],
      team: teams[team]!,
    }
  })

/** An agent's own queue has no name on the wire. */
export const ownQueueArn = (person: Person): string => arnOf('queue/agent', person.id)
export const contactArn = (contactId: string): string => arnOf('contact', contactId)
