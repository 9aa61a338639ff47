import { setTimeout as sleep } from 'node:timers/promises'
import { CallboardError } from '#kernel/errors'
import { systemClock } from '#kernel/clock'
import type { EventLog, TopicSpec } from '#log/port'
import { createLaneMember, type LaneMember } from '#processors/runner/member'

export const input = 'connect.input'
export const output = 'callboard.copies'
/** Copies are kept, each: what was done twice would be there twice. */
export const copyTopics: readonly TopicSpec[] = [
  { name: input, cleanup: 'delete' },
  { name: output, cleanup: 'delete' },
  { name: 'callboard.rows', cleanup: 'compact' },
]

export interface CopyingLane extends LaneMember {
  /** Commits refused because this member no longer was the owner. */
  refused(): number
  /** Commits whose outcome was unclear or that could not be made. */
  failed(): number
}

let tenures = 0

/** A lane that puts every record of its input into its output once, with who did it in which tenure of a partition. */
export function createCopyingLane(log: EventLog, name: string, { slowMs = 0 } = {}): CopyingLane {
  let refused = 0
  let failed = 0
  const member = createLaneMember(
    { name: 'copies', inputs: [input] },
    { log, clock: systemClock },
    async ({ lane, partition, signal, wakeupOf }) => {
      const tenure = String(++tenures)
      while (!signal.aborted) {
        try {
          let position = await lane.position(input, partition)
          while (!signal.aborted) {
            const seen = wakeupOf(input).ticket()
            const { records, next } = await log.read(input, partition, position, { maxRecords: 100, maxBytes: 1 << 20 })
            if (records.length === 0) {
              await wakeupOf(input).wait(seen, systemClock.now() + 500, signal)
              continue
            }
            if (slowMs > 0) await sleep(slowMs)
            const outputs = records.map(({ key, value, offset }) => ({
              topic: output,
              key,
              value,
              headers: { from: String(offset), name, tenure },
            }))
            await lane.commit({ partition, outputs, positions: [{ topic: input, next }] })
            position = next
          }
        } catch (error) {
          if (error instanceof CallboardError && error.code === 'CONFLICT') refused++
          else if (error instanceof CallboardError && error.retryable) failed++
          else if (!(error instanceof CallboardError && error.code === 'LOG_CLOSED')) throw error
          if (!signal.aborted) await sleep(50)
        }
      }
    },
  )
  return { ...member, refused: () => refused, failed: () => failed }
}

/** Every record of the input is in the output once and in order, and no tenure goes on after another has begun. */
export async function judgeCopies(
  log: EventLog,
): Promise<{ missing: number; double: number; disorder: number; mixedTenures: number; copies: number; tenures: number }> {
  const verdict = { missing: 0, double: 0, disorder: 0, mixedTenures: 0, copies: 0, tenures: 0 }
  for (let partition = 0; partition < log.partitionCount; partition++) {
    const wanted = (await readAll(log, input, partition)).map(({ offset }) => offset)
    const copies = await readAll(log, output, partition)
    const from = copies.map(({ headers }) => Number(headers['from']))
    verdict.copies += copies.length
    verdict.missing += wanted.filter((offset) => !from.includes(offset)).length
    verdict.double += from.length - new Set(from).size
    for (let i = 1; i < from.length; i++) if (from[i]! < from[i - 1]!) verdict.disorder++
    const turns = copies.map(({ headers }) => headers['tenure']!).filter((tenure, i, all) => tenure !== all[i - 1])
    verdict.tenures += turns.length
    verdict.mixedTenures += turns.length - new Set(turns).size
  }
  return verdict
}

async function readAll(log: EventLog, topic: string, partition: number) {
  const { start, end } = await log.bounds(topic, partition)
  const records = []
  for (let next = start; next < end;) {
    const batch = await log.read(topic, partition, next, { maxRecords: 5000, maxBytes: 8 << 20 })
    records.push(...batch.records)
    next = batch.next
  }
  return records
}
