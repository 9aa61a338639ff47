import type { JsonObject } from '#kernel/json'
import type { SourceKind } from '#events/envelope'
import { profileNamed, profiles, roundTheClock } from './profiles/index.ts'
import { run } from './simulation.ts'
import { scheduleStory } from './story.ts'

/** A message of one of Amazon's streams. */
export interface DemoEvent {
  /** When the source gets it, epoch ms. */
  at: number
  /** When it happened, epoch ms. */
  time: number
  kind: SourceKind
  payload: JsonObject
}

export const amazonKinds: readonly SourceKind[] = ['agent-event', 'contact-event', 'contact-record', 'contact-lens']

export interface DemoOptions {
  seed: number
  /** Everybody signs in from here on; epoch ms. */
  startAt: number
  /** Second 0 of the story; before it plain steady load. Left out: no story until `beginStory`. */
  storyAt?: number
  /** Name in `profileList`; the first one if left out. */
  profile?: string
  /** Only these are built and given; all of Amazon's if left out. */
  kinds?: readonly SourceKind[]
}

export interface Demo {
  /** The next message in the order sources get them; there is always one. */
  next(): DemoEvent
  /** When the next message is due, without taking it. */
  dueAt(): number
  /** Starts the story loop. Call it at least `STORY_LEAD_MS` ahead, or the stage is set in a hurry. */
  beginStory(storyAt: number): void
}

/** A contact centre without an end, and with its story if it has one. It is open round the clock, so that there is always something to see. */
export function createDemo({ seed, startAt, storyAt, profile = profiles[0]!.name, kinds = amazonKinds }: DemoOptions): Demo {
  const spreadMs = storyAt === undefined || storyAt - startAt > 600_000 ? 60_000 : 1200
  const demo = run({ plan: roundTheClock(profileNamed(profile)), seed, startAt, spreadMs, kinds })
  const beginStory = (at: number): void => {
    demo.world.direction.storyAt = at
    scheduleStory(demo.world, at)
  }
  if (storyAt !== undefined) beginStory(storyAt)
  const always = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the demo ran out of tasks')
    return value
  }
  return { beginStory, dueAt: () => always(demo.dueAt()), next: () => always(demo.next()) as DemoEvent }
}

/** The same as an endless generator. */
export function* demoEvents(options: DemoOptions): Generator<DemoEvent, never> {
  const demo = createDemo(options)
  for (;;) yield demo.next()
}
