import { buildCentre, type Centre, type Queue } from './centre/build.ts'
import type { CentrePlan, Channel } from './centre/plan.ts'
import { createHeap } from './heap.ts'
import { employ, signOut } from './life/agents.ts'
import { arrive, leave, retryCallback } from './life/contacts.ts'
import { converse } from './life/conversation.ts'
import { createAudioOf } from './life/audio.ts'
import { createHandOvers } from './life/hand-over.ts'
import { dialByHand, listenIn, runCampaign } from './life/outbound.ts'
import { isQuiet, serve } from './life/routing.ts'
import type { Agent, World } from './model.ts'
import { createRandom } from './random.ts'
import { createSchedule } from './schedule.ts'
import type { Simulation, TruthFact, WireEvent, WireKind } from './stream.ts'

export interface RunOptions {
  plan: CentrePlan
  seed: number
  /** The first agents sign in here; epoch ms. */
  startAt: number
  /** Nothing new begins after it; what has begun is told to its end. Left out: for ever. */
  endAt?: number | undefined
  agents?: number | undefined
  queues?: number | undefined
  /** Factor on all arrivals. */
  load?: number | undefined
  /** Those on shift sign in within this time; default one minute. */
  spreadMs?: number
  /** Only these kinds are built and given; default all. */
  kinds?: readonly WireKind[] | undefined
  note?: ((fact: TruthFact) => void) | undefined
}

/** From the happening to the source. Records have their own delay. */
const latencyMs: Record<WireKind, number> = {
  'agent-event': 180,
  'contact-event': 260,
  'contact-lens': 120,
  'contact-record': 0,
  'softphone-report': 400,
  'queue-log': 50,
}

export interface Run extends Simulation {
  world: World
}

/** A contact centre that runs: one seed, virtual time. */
export function run(options: RunOptions): Run {
  const { plan, seed, startAt, endAt = Number.POSITIVE_INFINITY, note, kinds } = options
  const centre = buildCentre(plan, options)
  const schedule = createSchedule(startAt)
  const outbox = createOutbox()
  const random = createRandom(seed)
  const wanted = kinds && new Set(kinds)
  const agents = centre.people.map(toAgent)
  const world: World = {
    centre,
    schedule,
    startAt,
    endAt,
    load: random.fork('load'),
    talk: random.fork('talk'),
    // A later run over the same seed must not repeat ids: a reader would take its events for duplicates.
    ids: random.fork(`ids/${startAt}`),
    contactIds: random.fork(`contacts/${startAt}`),
    agents,
    staff: centre.desks.map((desk) => agents.filter(({ person }) => person.desk === desk)),
    desksOf: centre.queues.map((queue) => centre.desks.filter(({ queues }) => queues.includes(queue)).map(({ index }) => index)),
    lines: Array.from({ length: centre.queues.length + centre.people.length }, () => []),
    direction: {
      quietUntil: [],
      heldUntil: [],
      returnsAt: [],
      lead: null,
      missNext: new Set(),
      transferNext: new Set(),
      silence: null,
      storyAt: null,
    },
    legacy: null,
    audioOf: null,
    openContacts: 0,
    react: {
      free: (agent) => serve(world, agent),
      joined: (agent, leg) => converse(world, agent, leg),
      left: (contact, reason) => leave(world, contact, reason, 'abandoned'),
      unanswered: (contact) => retryCallback(world, contact),
      over: () => closeWhenEmpty(world),
    },
    wants: (kind) => !wanted || wanted.has(kind),
    note,
    send(kind, payload, delayMs = 0) {
      if (wanted && !wanted.has(kind)) return
      const time = schedule.now()
      const at = time + delayMs + latencyMs[kind]
      const { silence } = world.direction
      const isSilent = silence?.kind === kind && at >= silence.from && at < silence.until
      outbox.put({ at: isSilent ? silence.until : at, time, kind, payload })
    },
  }
  world.legacy = createHandOvers(world)
  world.audioOf = createAudioOf(world)
  openDoors(world, options)
  /** A message is due once nothing earlier can still be sent. */
  const first = (): WireEvent | undefined => {
    for (;;) {
      const event = outbox.first()
      const next = schedule.next()
      if (event && (next === undefined || event.at <= next)) return event
      if (next === undefined) return undefined
      schedule.step()
    }
  }
  return {
    world,
    dueAt: () => first()?.at,
    next() {
      const event = first()
      if (event) outbox.take()
      return event
    },
  }
}

const toAgent = (person: Agent['person']): Agent => ({
  person,
  status: { arn: '', name: 'Offline', type: 'OFFLINE' },
  statusSince: 0,
  nextStatus: null,
  legs: [],
  idleSince: 0,
  snapshot: null,
  lastEventAt: 0,
  isChanged: false,
  isSignedIn: false,
  isGhost: false,
})

function openDoors(world: World, { spreadMs = 60_000, load = 1, endAt }: RunOptions): void {
  for (const agent of world.agents) {
    employ(world, agent, spreadMs)
    dialByHand(world, agent)
    listenIn(world, agent)
  }
  for (const queue of world.centre.queues) {
    for (const [channel, perHour] of Object.entries(queue.perHour)) expectNext(world, queue, channel as Channel, HOUR_MS / (perHour * load))
  }
  for (const campaign of world.centre.campaigns) runCampaign(world, { ...campaign, dialsPerHour: campaign.dialsPerHour * load })
  world.legacy?.open()
  if (endAt !== undefined) world.schedule.at(endAt, () => closeWhenEmpty(world))
}

/** At the end everybody goes home, once the last contact is over. */
function closeWhenEmpty(world: World): void {
  if (world.schedule.now() < world.endAt || world.openContacts > 0) return
  for (const agent of world.agents) signOut(world, agent)
  world.legacy?.close()
}

const HOUR_MS = 3_600_000
const WAVE_MS = 47 * 60_000

/** Random arrivals: the daily curve, on which the rate swings gently, each queue at its own time. */
function expectNext(world: World, queue: Queue, channel: Channel, everyMs: number): void {
  const { schedule, load, startAt, endAt, centre } = world
  const wave = 1 + 0.15 * Math.sin((2 * Math.PI * (schedule.now() - startAt)) / WAVE_MS + queue.index)
  schedule.after(load.exponential(everyMs * wave), () => {
    if (schedule.now() >= endAt) return
    // Thinned to the hour's share of the busiest hour.
    const isWanted = load.chance(shareAt(centre, schedule.now())) && (channel !== 'VOICE' || !isQuiet(world, queue))
    if (isWanted) arrive(world, { queue, channel })
    expectNext(world, queue, channel, everyMs)
  })
}

/** Share of the busiest hour's load, between the hours' own shares. */
function shareAt({ plan: { curve } }: Centre, at: number): number {
  if (!curve) return 1
  const hour = (at / HOUR_MS) % 24
  const [before, after] = [curve[Math.floor(hour)] ?? 1, curve[(Math.floor(hour) + 1) % 24] ?? 1]
  return before + (after - before) * (hour % 1)
}

interface Outbox {
  put(event: WireEvent): void
  first(): WireEvent | undefined
  take(): void
}

/** Messages by due time; of those due at once, in the order they were sent. */
function createOutbox(): Outbox {
  const heap = createHeap<WireEvent>()
  return { put: (event) => heap.push(event.at, event), first: () => heap.first(), take: () => void heap.pop() }
}
