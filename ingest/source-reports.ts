import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { isJsonObject, parseJson } from '#kernel/json'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import type { EventLog } from '#log/port'
import type { SourceReport } from './source.ts'

const PREFIX = 'source/'
const PUBLISH_MS = 5_000
/** A process that has not reported for so long is gone, or cannot reach the log. */
const SILENT_MS = 30_000
const encoder = new TextEncoder()
const decoder = new TextDecoder()

interface ReportsDeps {
  reports: () => readonly SourceReport[]
  log: EventLog
  clock: Clock
  telemetry: Telemetry
}

/** Tells other processes how the sources are doing that this one reads, every five seconds. `instance` names this process. */
export function createSourceReportsPublisher(instance: string, { reports, log, clock, telemetry }: ReportsDeps): Component {
  let cancel: (() => void) | undefined
  let running = Promise.resolve()
  const append = async (entries: readonly (readonly [name: string, value: Uint8Array | null])[]): Promise<void> => {
    if (entries.length === 0) return
    try {
      await log.append(
        topics.checkpoints,
        entries.map(([name, value]) => ({ key: `${PREFIX}${name}/${instance}`, value, headers: {} })),
      )
    } catch (error) {
      telemetry.count('source_report_failures_total')
      telemetry.log('warn', 'source_report_not_published', { reason: messageOf(error) })
    }
  }
  const publish = (): Promise<void> =>
    append(reports().map((report) => [report.name, encoder.encode(JSON.stringify({ ...report, at: clock.now() }))]))
  const plan = (delayMs: number): void => {
    cancel = clock.after(delayMs, () => {
      running = publish().then(() => plan(PUBLISH_MS))
    })
  }
  return {
    name: 'source reports',
    start: async () => plan(0),
    async stop() {
      cancel?.()
      await running
      cancel?.()
      // An end that was asked for is not silence.
      await append(reports().map(({ name }) => [name, null]))
    },
  }
}

/** The newest report of each source by each process; one that has grown old says so. */
export function readSourceReports(log: EventLog, now: number): SourceReport[] {
  const found: SourceReport[] = []
  for (let partition = 0; partition < log.partitionCount; partition++) {
    for (const { value } of log.table(topics.checkpoints, partition).scan(PREFIX)) {
      const parsed = value ? parseJson(decoder.decode(value)) : undefined
      if (!parsed?.ok || !isJsonObject(parsed.value)) continue
      const { at, ...report } = parsed.value as unknown as SourceReport & { at: number }
      const silentMs = now - at
      found.push(
        silentMs <= SILENT_MS
          ? report
          : { ...report, ok: false, detail: `its ingest process has not reported for ${Math.round(silentMs / 1000)} s` },
      )
    }
  }
  return found.toSorted((a, b) => a.name.localeCompare(b.name, 'en'))
}
