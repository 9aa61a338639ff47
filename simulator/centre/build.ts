import type { JsonObject } from '#kernel/json'
import type { Intent } from '../conversation/lines.ts'
import { usualShares, type ByChannel, type CentrePlan, type Channel, type Desktop, type Shares } from './plan.ts'

export interface Named {
  arn: string
  name: string
}

export interface Status extends Named {
  type: 'ROUTABLE' | 'CUSTOM' | 'OFFLINE'
}

/** A standard queue, or an agent's own. */
export interface Queue {
  /** Where its line is in `World.lines`. */
  index: number
  id: string
  arn: string
  /** An agent's own queue has no name on the wire. */
  name: string | null
  type: 'STANDARD' | 'AGENT'
  perHour: ByChannel
  talkMs: number
  patienceMs: number
  language: 'en-GB' | 'pt-PT'
  intents: readonly Intent[]
  number: string
  handOverShare: number
  movesAfterMs: number | null
}

export interface Desk extends Named {
  index: number
  queues: readonly Queue[]
  byPriority: boolean
  slots: ByChannel
  dialsPerHour: number
  listensPerHour: number
  desktop: Desktop
}

export interface Person {
  index: number
  id: string
  arn: string
  firstName: string
  lastName: string
  username: string
  desk: Desk
  ownQueue: Queue
  site: Named
  team: Named
  /** Hour of the day at which the shift begins; null: always there. */
  shiftFrom: number | null
}

export interface Campaign {
  id: string
  name: string
  desk: Desk | null
  queue: Queue
  mode: 'progressive' | 'preview' | 'notice'
  dialsPerHour: number
  /** Numbers being dialled now. */
  dialling: { count: number }
}

/** A plan with identities: everything that stays the same while the centre runs. */
export interface Centre {
  plan: CentrePlan
  accountId: string
  region: string
  instanceId: string
  instanceArn: string
  /** Standard queues. */
  queues: readonly Queue[]
  desks: readonly Desk[]
  people: readonly Person[]
  campaigns: readonly Campaign[]
  /** Numbers of the hand-over pool. */
  pool: readonly string[]
  shares: Shares
  available: Status
  offline: Status
  pauses: { rest: Pause; lunch: Pause; training: Pause }
  /** Parts of messages that never change, by what they depend on. */
  cache: Map<string, JsonObject>
}

export interface Pause {
  status: Status
  typicalMs: number
}

export const SHIFT_HOURS = 8

/** The first digit tells the kind of thing: 2 agent, 3 queue, 4 status, 5 hierarchy group, 6 routing profile, 7 campaign. */
const idOf = (kind: number, n: number): string => `${kind}0000000-0000-4000-8000-${String(n).padStart(12, '0')}`

// Trees and birds: nobody's name.
const trees = ['Alder', 'Birch', 'Cedar', 'Elder', 'Fir', 'Juniper', 'Larch', 'Maple']
const birds = ['Finch', 'Heron', 'Lark', 'Osprey', 'Plover', 'Wren']

export function buildCentre(plan: CentrePlan, size: { agents?: number | undefined; queues?: number | undefined } = {}): Centre {
  const scaled = scalePlan(plan, size)
  const instanceId = `10000000-0000-4000-8000-${hex(plan.name)}`
  const region = 'eu-west-1'
  const accountId = '111122223333'
  const instanceArn = `arn:aws:connect:${region}:${accountId}:instance/${instanceId}`
  const named = (path: string, id: string, name: string): Named => ({ arn: `${instanceArn}/${path}/${id}`, name })
  const status = (n: number, name: string, type: Status['type']): Status => ({ ...named('agent-state', idOf(4, n), name), type })

  const queues = scaled.queues.map((q, index): Queue => ({
    index,
    id: idOf(3, index + 1),
    ...named('queue', idOf(3, index + 1), q.name),
    type: 'STANDARD',
    perHour: q.perHour,
    talkMs: q.talkMs,
    patienceMs: q.patienceMs ?? 120_000,
    language: q.language ?? 'en-GB',
    intents: q.intents,
    // Ofcom keeps 01632 960xxx free for fiction.
    number: `+441632960${String(index % 1000).padStart(3, '0')}`,
    handOverShare: q.handOverShare ?? 0,
    movesAfterMs: q.movesAfterMs ?? null,
  }))
  const queueNamed = new Map(queues.map((q) => [q.name, q]))
  const find = (name: string): Queue => {
    const queue = queueNamed.get(name)
    if (!queue) throw new Error(`profile ${plan.name}: no queue is called ${name}`)
    return queue
  }
  const desks = scaled.desks.map((d, index): Desk => ({
    index,
    ...named('routing-profile', idOf(6, index + 1), d.name),
    queues: d.queues.map(find),
    byPriority: d.byPriority ?? false,
    slots: d.slots,
    dialsPerHour: d.dialsPerHour ?? 0,
    listensPerHour: d.listensPerHour ?? 0,
    desktop: d.desktop ?? 'local',
  }))
  const sites = ['Porto', 'Leeds'].map((name, i) => named('agent-group', idOf(5, i + 1), name))
  const teams = ['Porto Blue', 'Porto Green', 'Porto Red', 'Leeds Amber', 'Leeds Teal', 'Leeds Violet'].map((name, i) =>
    named('agent-group', idOf(5, i + 11), name),
  )
  const people = scaled.desks
    .flatMap((d, i) => Array.from({ length: d.agents }, () => desks[i]!))
    .map((desk, index): Person => {
      const id = idOf(2, index + 1)
      const round = Math.floor(index / 48)
      const [firstName, lastName] = [trees[index % 8]!, birds[Math.floor(index / 8) % 6]! + (round > 0 ? ` ${round + 1}` : '')]
      const team = index % 6
      return {
        index,
        id,
        arn: `${instanceArn}/agent/${id}`,
        firstName,
        lastName,
        username: `${firstName}.${lastName}`.toLowerCase().replace(' ', '-'),
        desk,
        ownQueue: {
          index: queues.length + index,
          id: `agent/${id}`,
          arn: `${instanceArn}/queue/agent/${id}`,
          name: null,
          type: 'AGENT',
          perHour: {},
          talkMs: 180_000,
          patienceMs: 60_000,
          language: 'en-GB',
          intents: desk.queues[0]?.intents ?? ['billing'],
          number: '+441632960999',
          handOverShare: 0,
          movesAfterMs: null,
        },
        site: sites[team < 3 ? 0 : 1]!,
        team: teams[team]!,
        shiftFrom: scaled.shifts ? scaled.shifts[index % scaled.shifts.length]! : null,
      }
    })
  const deskNamed = new Map(desks.map((d) => [d.name, d]))
  return {
    plan: scaled,
    accountId,
    region,
    instanceId,
    instanceArn,
    queues,
    desks,
    people,
    campaigns: (scaled.campaigns ?? []).map((c, index) => ({
      id: idOf(7, index + 1),
      name: c.name,
      desk: c.desk === null ? null : (deskNamed.get(c.desk) ?? missing(plan.name, c.desk)),
      queue: find(c.queue),
      mode: c.mode,
      dialsPerHour: c.dialsPerHour,
      dialling: { count: 0 },
    })),
    // Ofcom keeps 0808 157 0xxx free for fiction.
    pool: Array.from({ length: scaled.handOverPool?.numbers ?? 0 }, (_, i) => `+448081570${String(i % 1000).padStart(3, '0')}`),
    shares: { ...usualShares, ...scaled.shares },
    available: status(1, 'Available', 'ROUTABLE'),
    offline: status(2, 'Offline', 'OFFLINE'),
    pauses: {
      rest: { status: status(3, 'Break', 'CUSTOM'), typicalMs: 10 * 60_000 },
      lunch: { status: status(4, 'Lunch', 'CUSTOM'), typicalMs: 30 * 60_000 },
      training: { status: status(5, 'Training', 'CUSTOM'), typicalMs: 20 * 60_000 },
    },
    cache: new Map(),
  }
}

function missing(plan: string, desk: string): never {
  throw new Error(`profile ${plan}: no desk is called ${desk}`)
}

/** Copies queues and desks until there are enough, then spreads people and load over them as before. */
function scalePlan(plan: CentrePlan, { agents, queues }: { agents?: number | undefined; queues?: number | undefined }): CentrePlan {
  const own = plan.desks.reduce((sum, d) => sum + d.agents, 0)
  const copies = Math.max(1, Math.ceil((queues ?? 0) / plan.queues.length))
  if (agents === undefined && copies === 1) return plan
  const total = agents ?? own * copies
  const kept = queues ?? plan.queues.length * copies
  const factor = total / own / copies
  const copyName = (name: string, copy: number): string => (copy === 0 ? name : `${name} ${copy + 1}`)
  const all = Array.from({ length: copies }, (_, copy) => copy)
  const allQueues = all.flatMap((copy) =>
    plan.queues.map((q) => ({ ...q, name: copyName(q.name, copy), perHour: times(q.perHour, factor) })),
  )
  const names = new Set(allQueues.slice(0, kept).map((q) => q.name))
  const desks = all.flatMap((copy) =>
    plan.desks.map((d) => ({
      ...d,
      name: copyName(d.name, copy),
      queues: d.queues.map((name) => copyName(name, copy)).filter((name) => names.has(name)),
    })),
  )
  // Whole people, handed out so that they add up to the total.
  let given = 0
  let weight = 0
  const sized = desks.map((d) => {
    weight += d.agents / copies / own
    const upTo = Math.round(weight * total)
    const size = upTo - given
    given = upTo
    return { ...d, agents: size }
  })
  return {
    ...plan,
    queues: allQueues.slice(0, kept),
    desks: sized,
    campaigns: (plan.campaigns ?? []).map((c) => ({ ...c, dialsPerHour: c.dialsPerHour * factor * copies })),
    ...(plan.legacyEntry ? { legacyEntry: { ...plan.legacyEntry, perHour: plan.legacyEntry.perHour * factor } } : {}),
  }
}

function times(perHour: ByChannel, factor: number): ByChannel {
  return Object.fromEntries(Object.entries(perHour).map(([channel, n]) => [channel as Channel, n * factor]))
}

/** Twelve hexadecimal digits that stand for a name. */
function hex(name: string): string {
  let h = 0xcbf29ce484222325n
  for (const char of name) h = ((h ^ BigInt(char.codePointAt(0)!)) * 0x100000001b3n) & 0xffffffffffffffffn
  return h.toString(16).padStart(16, '0').slice(0, 12)
}
