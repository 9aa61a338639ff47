import { topics } from '#events/topics'
import { createSettingsHistory, type SettingsHistory } from '#contracts/settings-history'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog } from '#log/port'

export interface SettingsReader {
  history: SettingsHistory
  /** Reads every partition of the settings topic to its present end. Call before folding what came in meanwhile. */
  catchUp(): Promise<void>
}

export function createSettingsReader(log: EventLog, telemetry: Telemetry): SettingsReader {
  const history = createSettingsHistory()
  const next = new Map<number, number>()
  const decoder = new TextDecoder()
  return {
    history,
    async catchUp() {
      // Asked for together: a log on other machines answers them in one go.
      const all = Array.from({ length: log.partitionCount }, (_, partition) => log.bounds(topics.settings, partition))
      for (const [partition, { start, end }] of (await Promise.all(all)).entries()) {
        let from = next.get(partition) ?? start
        while (from < end) {
          const batch = await log.read(topics.settings, partition, from, { maxRecords: 1000, maxBytes: 4_000_000 })
          for (const record of batch.records) {
            if (record.value === null) continue
            const problem = history.apply(record.key, JSON.parse(decoder.decode(record.value)), record.ingestTime)
            if (problem !== undefined) telemetry.log('error', 'setting_unreadable', { problem })
          }
          if (batch.next === from) break
          from = batch.next
        }
        next.set(partition, from)
      }
    },
  }
}
