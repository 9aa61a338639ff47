import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog } from '#log/port'

/** What a lane tells about one input of one partition, as long as it has it. */
export interface Track {
  /** Everything before this offset has been done with. */
  at(position: number): void
  /** The lane is well, but cannot go on for a reason outside of it that is shown elsewhere; undefined: it goes on. */
  waits(reason: string | undefined): void
  end(): void
}

export interface Progress {
  track(lane: string, topic: string, partition: number): Track
}

/** A lane that has input and does not move. */
export interface Stall {
  lane: string
  topic: string
  partition: number
  seconds: number
}

export interface ProgressWatch extends Component, Progress {
  stalls(): readonly Stall[]
  /** Not ok while a lane is late: the oldest record it has not done with is over ten seconds old. */
  health(): { name: string; required: false; ok: boolean; detail: string | undefined }
}

interface Tracked {
  lane: string
  topic: string
  partition: number
  position: number | undefined
  seen: number | undefined
  reason: string | undefined
  /** Since when it has had input at this position. */
  stuckSince: number | undefined
}

const LOOK_EVERY_MS = 1_000
/** Figures are late then; twice the load a machine can take shows within half a minute. */
const LATE_MS = 10_000

/**
 * Watches lanes from outside: a loop that hangs tells nothing by itself. Once a second it compares each position with the end of the
 * log, says how old the oldest record is that was not done with, and notes who has input but stands still.
 */
export function createProgressWatch(deps: { log: EventLog; clock: Clock; telemetry: Telemetry; stallMs: number }): ProgressWatch {
  const { log, clock, telemetry, stallMs } = deps
  const tracked = new Set<Tracked>()
  let cancel: (() => void) | undefined
  let running = false
  let look: Promise<void> = Promise.resolve()
  let latest: { lane: string; topic: string; ms: number } | undefined

  const stalls = (): Stall[] =>
    [...tracked].flatMap(({ lane, topic, partition, stuckSince }) => {
      const ms = stuckSince === undefined ? 0 : clock.now() - stuckSince
      return ms >= stallMs ? [{ lane, topic, partition, seconds: Math.round(ms / 1000) }] : []
    })

  /** Age in ms of the oldest record not done with; 0 when there is none. */
  const lookAt = async (one: Tracked): Promise<number> => {
    const { topic, partition, position } = one
    if (position === undefined) return 0
    const { start, end } = await log.bounds(topic, partition)
    const isBehind = position < end
    if (!isBehind || one.reason !== undefined) one.stuckSince = undefined
    else if (position !== one.seen) one.stuckSince = clock.now()
    else one.stuckSince ??= clock.now()
    one.seen = position
    if (!isBehind) return 0
    const { records } = await log.read(topic, partition, Math.max(start, position), { maxRecords: 1, maxBytes: 1 })
    return records[0] ? Math.max(0, clock.now() - records[0].ingestTime) : 0
  }

  const lookAtAll = async (): Promise<void> => {
    const ages = new Map<string, { lane: string; topic: string; ms: number }>()
    for (const one of tracked) {
      const { lane, topic } = one
      const ms = await lookAt(one)
      const known = ages.get(`${lane} ${topic}`)
      ages.set(`${lane} ${topic}`, { lane, topic, ms: Math.max(ms, known?.ms ?? 0) })
    }
    latest = [...ages.values()].toSorted((a, b) => b.ms - a.ms)[0]
    for (const { lane, topic, ms } of ages.values()) telemetry.gauge('lane_lag_seconds', { lane, topic }, ms / 1000)
    telemetry.gauge('lanes_stalled', {}, new Set(stalls().map(({ lane }) => lane)).size)
  }

  const tick = (): void => {
    if (!running) return
    look = lookAtAll()
      // The log is closing, or a record left by age under the look: the next look tells.
      .catch((error: unknown) => telemetry.log('debug', 'progress_look_failed', { message: messageOf(error) }))
      .finally(() => {
        if (running) cancel = clock.after(LOOK_EVERY_MS, tick)
      })
  }

  return {
    name: 'progress of lanes',
    track(lane, topic, partition) {
      const one: Tracked = { lane, topic, partition, position: undefined, seen: undefined, reason: undefined, stuckSince: undefined }
      tracked.add(one)
      return {
        at: (position) => void (one.position = position),
        waits: (reason) => void (one.reason = reason),
        end: () => void tracked.delete(one),
      }
    },
    stalls,
    health() {
      const isLate = latest !== undefined && latest.ms > LATE_MS
      const detail = isLate ? `lane ${latest!.lane} is ${Math.round(latest!.ms / 1000)} s late in ${latest!.topic}` : undefined
      return { name: 'lanes', required: false, ok: !isLate, detail }
    },
    async start() {
      if (running) return
      running = true
      tick()
    },
    async stop() {
      running = false
      cancel?.()
      await look
    },
  }
}
