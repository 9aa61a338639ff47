import { pause, type Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import type { EventLog } from '#log/port'
import { createBatchWriter, type BatchWriter } from '#storage/batch-writer'
import type { AnalyticsStore } from '#storage/port'
import type { TableName } from '#storage/tables'
import { firstPosition } from '../runner/first-position.ts'
import { createGate, type Gate } from './gate.ts'
import { createLaneMember, type LanePart } from '../runner/member.ts'
import type { Progress } from '../runner/progress.ts'
import { carryOverConversations } from './carry-over.ts'
import { addToBatch, emptyBatch, type TableBatch } from './records.ts'

export interface HistoryDeps {
  log: EventLog
  store: AnalyticsStore
  clock: Clock
  telemetry: Telemetry
  /** How long rows wait for company before they are inserted. */
  flushAfterMs?: number
  /** Whoever watches whether lanes move. */
  progress?: Progress
}

const INPUTS = [topics.agents, topics.contacts, topics.rows, topics.alerts] as const
const LIMITS = { maxRecords: 10_000, maxBytes: 8_000_000 }
const RETRY_MS = 2_000

export interface HistoryLane extends Component {
  /**
   * Resolves when nothing is being written: the store then holds exactly what lies before the lane's positions. Nothing will be
   * written until the returned function is called.
   */
  pause(): Promise<() => void>
}

type Writers = { [T in TableName]: BatchWriter<T> }

/**
 * Writes what the log holds into the analytics store: read → rows → insert → position. The position moves only after the rows
 * are stored; a range read again is written again, and the tables keep the newest version per key, so nothing doubles.
 */
export function createHistoryLane(deps: HistoryDeps): HistoryLane {
  let writers: Writers | undefined
  const gate = createGate()
  const member = createLaneMember({ name: 'history', inputs: INPUTS }, deps, async (part) => {
    await Promise.all(INPUTS.map((topic) => runTopic({ ...deps, writers: writers!, gate }, part, topic)))
  })
  return {
    name: 'lane history',
    pause: gate.close,
    async start() {
      writers ??= createWriters(deps)
      await member.start()
    },
    async stop() {
      const stopped = member.stop()
      // Each loop ends after the write it is in; what waits there for company goes at once.
      if (writers) await Promise.allSettled(Object.values(writers).map((w) => w.flush()))
      await stopped
    },
  }
}

async function runTopic(
  deps: HistoryDeps & { writers: Writers; gate: Gate },
  { lane, partition, signal, wakeupOf }: LanePart,
  topic: string,
): Promise<void> {
  const { log, clock, telemetry } = deps
  const wakeup = wakeupOf(topic)
  /** Told before a write too: while the store is away, a figure from after the last write would say that nothing waits. */
  const tellBehind = async (from: number): Promise<number> => {
    const { end } = await log.bounds(topic, partition)
    telemetry.gauge('lane_behind_records', { lane: 'history', topic, partition: String(partition) }, end - from)
    return end
  }
  const track = deps.progress?.track('history', topic, partition)
  let position: number | undefined
  while (!signal.aborted) {
    try {
      position ??= await firstPosition(deps, lane, topic, partition)
      const from = position
      track?.at(from)
      const seen = wakeup.ticket()
      if (deps.gate.isClosed) track?.waits('backup')
      position = await deps.gate.pass(async () => {
        const { records, next } = await log.read(topic, partition, from, LIMITS)
        await tellBehind(from)
        if (records.length > 0) {
          const batch = emptyBatch()
          for (const record of records) addToBatch(batch, topic, record)
          await carryOverConversations(deps.store, batch)
          await writeAll(deps.writers, batch)
          failpoint('CP12')
        }
        if (next !== from) {
          await lane.commit({ partition, outputs: [], positions: [{ topic, next }] })
          telemetry.count('history_records_total', { topic }, records.length)
        }
        return next
      }, signal)
      track?.at(position)
      track?.waits(undefined)
      if ((await tellBehind(position)) === position) await wakeup.wait(seen, undefined, signal)
    } catch (error) {
      if (signal.aborted) break
      // It tries again, and the store has a part of its own on the health page: a restart of this process would not help.
      track?.waits('analytics store')
      telemetry.count('lane_failures_total', { lane: 'history' })
      telemetry.log('warn', 'history_write_failed', { topic, partition, message: messageOf(error) })
      position = undefined
      await pause(clock, RETRY_MS, signal)
    }
  }
  track?.end()
  // Whoever has the partition now tells how far behind it is.
  telemetry.gauge('lane_behind_records', { lane: 'history', topic, partition: String(partition) }, 0)
}

async function writeAll(writers: Writers, batch: TableBatch): Promise<void> {
  const write = async <T extends TableName>(table: T): Promise<void> => {
    if (batch[table].length === 0) return
    await writers[table].write(batch[table])
    failpoint('CP13')
  }
  await Promise.all((Object.keys(batch) as TableName[]).map((table) => write(table)))
}

function createWriters({ store, log, clock, telemetry, flushAfterMs = 1_000 }: HistoryDeps): Writers {
  const writer = <T extends TableName>(table: T): BatchWriter<T> =>
    createBatchWriter(store, {
      table,
      maxAgeMs: flushAfterMs,
      clock,
      telemetry,
      // The store cannot read this row; it is set aside and the rest goes on.
      async onRejected(row, error) {
        telemetry.count('dead_letters_total', { lane: 'history', reason: 'store-rejected' })
        const headers = { reason: 'store-rejected', message: error.message.slice(0, 500), origin: `lane:history:${table}` }
        await log.append(topics.deadLetters, [{ key: `history:${table}`, value: new TextEncoder().encode(JSON.stringify(row)), headers }])
      },
    })
  return {
    events_raw: writer('events_raw'),
    contacts: writer('contacts'),
    intervals: writer('intervals'),
    segments: writer('segments'),
    alerts: writer('alerts'),
  }
}
