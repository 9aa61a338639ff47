import type { SourceKind } from '#events/envelope'
import { login } from './agents.ts'
import { offline, people, queues, type Queue } from './centre.ts'
import { arrive, isQuiet, serve } from './contacts.ts'
import type { Agent, Channel, WireEvent, World } from './model.ts'
import { createRandom } from './random.ts'
import { createSchedule } from './schedule.ts'
import { scheduleStory } from './story.ts'

export type { WireEvent } from './model.ts'

export interface DemoOptions {
  seed: number
  /** Everybody signs in from here on; epoch ms. */
  startAt: number
  /** Second 0 of the story; before it plain steady load. Left out: no story until `beginStory`. */
  storyAt?: number
}

export interface Demo {
  /** The next message in the order sources get them; there is always one. */
  next(): WireEvent
  /** When the next message is due, without taking it. */
  dueAt(): number
  /** Starts the story loop. Call it at least `STORY_LEAD_MS` ahead, or the stage is set in a hurry. */
  beginStory(storyAt: number): void
}

/** From the happening to the source. Records have their own delay. */
const latencyMs: Record<SourceKind, number> = { 'agent-event': 180, 'contact-event': 260, 'contact-lens': 120, 'contact-record': 0 }

/** The demo contact centre: 48 agents, 8 queues, one seed, no end. */
export function createDemo({ seed, startAt, storyAt }: DemoOptions): Demo {
  const schedule = createSchedule(startAt)
  const outbox: WireEvent[] = []
  const random = createRandom(seed)
  const world: World = {
    schedule,
    load: random.fork('load'),
    talk: random.fork('talk'),
    // A later run over the same seed must not repeat ids: a reader would take its events for duplicates.
    ids: random.fork(`ids/${startAt}`),
    agents: people.map(toAgent),
    waiting: queues.map(() => []),
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
    send(kind, payload, delayMs = 0) {
      const dueAt = schedule.now() + delayMs + latencyMs[kind]
      schedule.at(dueAt, () => {
        const { silence } = world.direction
        if (silence?.kind !== kind || dueAt < silence.from || dueAt >= silence.until) outbox.push({ at: schedule.now(), kind, payload })
        else schedule.at(silence.until, () => outbox.push({ at: schedule.now(), kind, payload }))
      })
    },
  }
  const beginStory = (at: number): void => {
    world.direction.storyAt = at
    scheduleStory(world, at)
  }
  openDoors(world, storyAt === undefined || storyAt - startAt > 600_000 ? 60_000 : 1200)
  if (storyAt !== undefined) beginStory(storyAt)
  const first = (): WireEvent => {
    for (;;) {
      const event = outbox[0]
      if (event) return event
      if (!schedule.step()) throw new Error('the demo ran out of tasks')
    }
  }
  return {
    beginStory,
    dueAt: () => first().at,
    next() {
      const event = first()
      outbox.shift()
      return event
    },
  }
}

/** The same as an endless generator. */
export function* demoEvents(options: DemoOptions): Generator<WireEvent, never> {
  const demo = createDemo(options)
  for (;;) yield demo.next()
}

const toAgent = (person: Agent['person']): Agent => ({
  person,
  status: offline,
  statusSince: 0,
  nextStatus: null,
  legs: [],
  idleSince: 0,
  snapshot: null,
  lastEventAt: 0,
  isGhost: false,
})

/** Everybody signs in within `spreadMs`, then the lines open. */
function openDoors(world: World, spreadMs: number): void {
  for (const agent of world.agents) world.schedule.after(world.load.whole(0, spreadMs), () => login(world, agent, serve))
  for (const queue of queues) {
    expectNext(world, queue, 'VOICE', queue.everyMs)
    if (queue.chatEveryMs !== undefined) expectNext(world, queue, 'CHAT', queue.chatEveryMs)
  }
}

const WAVE_MS = 47 * 60_000

/** Random arrivals whose rate swings gently, each queue at its own time. */
function expectNext(world: World, queue: Queue, channel: Channel, everyMs: number, openMs = 0): void {
  const wave = 1 + 0.15 * Math.sin((2 * Math.PI * openMs) / WAVE_MS + queue.index)
  const delayMs = world.load.exponential(everyMs * wave)
  world.schedule.after(delayMs, () => {
    if (channel === 'CHAT' || !isQuiet(world, queue)) arrive(world, { queue, channel })
    expectNext(world, queue, channel, everyMs, openMs + delayMs)
  })
}
