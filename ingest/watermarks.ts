import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import type { SourceKind } from '#events/envelope'
import type { EventLog } from '#log/port'
import type { IngestDoor } from './door.ts'

const PREFIX = 'watermark/'
const PUBLISH_MS = 500
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** Tells other processes how far each kind of event has come in here, twice a second while something comes. `instance` names this process. */
export function createWatermarkPublisher(
  instance: string,
  { door, log, clock, telemetry }: { door: Pick<IngestDoor, 'watermarks'>; log: EventLog; clock: Clock; telemetry: Telemetry },
): Component {
  const told = new Map<SourceKind, number>()
  let cancel: (() => void) | undefined
  let running = Promise.resolve()

  const publish = async (): Promise<void> => {
    const news = [...door.watermarks()].filter(([kind, time]) => told.get(kind) !== time)
    if (news.length === 0) return
    try {
      await log.append(
        topics.checkpoints,
        news.map(([kind, time]) => ({ key: `${PREFIX}${kind}/${instance}`, value: encoder.encode(String(time)), headers: {} })),
      )
      for (const [kind, time] of news) told.set(kind, time)
    } catch (error) {
      telemetry.count('watermark_publish_failures_total')
      telemetry.log('warn', 'watermark_not_published', { reason: messageOf(error) })
    }
  }
  const plan = (): void => {
    cancel = clock.after(PUBLISH_MS, () => {
      running = publish().then(plan)
    })
  }
  return {
    name: 'watermarks',
    start: async () => plan(),
    async stop() {
      cancel?.()
      await running
      cancel?.()
      await publish()
    },
  }
}

/** Newest event time of each kind over all processes that take events in. */
export function readWatermarks(log: EventLog): Map<SourceKind, number> {
  const newest = new Map<SourceKind, number>()
  for (let partition = 0; partition < log.partitionCount; partition++) {
    for (const { key, value } of log.table(topics.checkpoints, partition).scan(PREFIX)) {
      if (!value) continue
      const kind = key.slice(PREFIX.length).split('/', 1)[0] as SourceKind
      newest.set(kind, Math.max(newest.get(kind) ?? 0, Number(decoder.decode(value))))
    }
  }
  return newest
}
