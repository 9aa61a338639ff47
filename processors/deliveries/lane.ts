import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import type { DeliveryRow } from '#contracts/deliveries'
import type { EventLog, Lane, LaneOutput } from '#log/port'
import { createSettingsReader } from '../runner/settings-reader.ts'
import { createWakeup } from '../runner/wakeup.ts'
import { decideNext } from './decide.ts'
import { sendDelivery, type SendResult } from './send.ts'

export interface DeliveriesDeps {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  /** `host:port` of targets inside the network that may be reached. */
  allow: readonly string[]
  /** Messages about what happened before this are not sent: a demo's past is played at its start, and nobody is to be told of it. */
  ignoreBefore?: number
  /** How long a finished message stays in the log; the delivery log of a webhook shows it that long. Default 7 days. */
  keptMs?: number
  /** 0 … 1; for tests. */
  random?: () => number
}

const AT_ONCE = 8
const LIMITS = { maxRecords: 500, maxBytes: 4_000_000 }
const RETRY_MS = 2_000
const KEPT_MS = 7 * 24 * 3_600_000
const CLEAN_EVERY_MS = 3_600_000
const CLEANED_AT_ONCE = 500

interface Pending {
  partition: number
  row: DeliveryRow
  /** After a try that could not be recorded. */
  notBefore: number
}

/**
 * Sends webhook messages. What is to be sent, and what became of it, are records of `callboard.deliveries`, so a restart goes on
 * where it was; a try whose answer was lost is tried again under the same `webhook-id`.
 */
export function createDeliveriesLane(deps: DeliveriesDeps): Component {
  const { log, clock, telemetry } = deps
  const stop = new AbortController()
  const pending = new Map<string, Pending>()
  const sending = new Map<string, { partition: number; work: Promise<void> }>()
  const positions = new Map<number, number>()
  const settings = createSettingsReader(log, telemetry)
  const wakeup = createWakeup(clock)
  const decoder = new TextDecoder()
  let lane: Lane | undefined
  let loop: Promise<void> | undefined
  let unsubscribe: (() => void) | undefined

  const readChanges = async (): Promise<void> => {
    for (const [partition, from] of positions) {
      for (let next = from; ;) {
        const batch = await log.read(topics.deliveries, partition, next, LIMITS)
        for (const { key, value } of positions.has(partition) ? batch.records : []) {
          const row = value && (JSON.parse(decoder.decode(value)) as DeliveryRow)
          if (row?.state === 'pending') pending.set(key, { partition, row, notBefore: 0 })
          else pending.delete(key)
        }
        next = batch.next
        // Taken away meanwhile: whoever has it now sends what waits.
        if (!positions.has(partition)) break
        positions.set(partition, next)
        if (batch.records.length === 0) break
      }
    }
  }

  const attempt = async (open: Lane, partition: number, row: DeliveryRow): Promise<void> => {
    const webhook = settings.history.at('webhook', row.webhookId, Number.MAX_SAFE_INTEGER)?.value
    const startedAt = clock.now()
    failpoint('CP15')
    const result = !webhook?.enabled
      ? gone('the webhook was deleted or disabled')
      : sinceOf(row) < (deps.ignoreBefore ?? 0)
        ? gone('it happened before the demo began')
        : await sendDelivery(row, webhook, startedAt, deps.allow)
    const next = decideNext(row, result, { startedAt, endedAt: clock.now(), random: (deps.random ?? Math.random)() })
    failpoint('CP17')
    telemetry.count('webhook_attempts_total', { result: result.error === null ? 'delivered' : 'failed' })
    pending.delete(row.id)
    await open.commit({
      partition,
      outputs: [{ topic: topics.deliveries, key: row.id, value: new TextEncoder().encode(JSON.stringify(next)), headers: {} }],
      positions: [],
    })
  }

  const sendDue = (open: Lane): void => {
    const now = clock.now()
    for (const [id, waiting] of pending) {
      const { partition, row } = waiting
      if (sending.size >= AT_ONCE) return
      if (sending.has(id) || dueAt(waiting) > now) continue
      const work = attempt(open, partition, row)
        .catch((error: unknown) => {
          telemetry.log('error', 'webhook_attempt_not_recorded', { message: messageOf(error) })
          if (positions.has(partition)) pending.set(id, { partition, row, notBefore: clock.now() + RETRY_MS })
        })
        .finally(() => {
          sending.delete(id)
          wakeup.notify()
        })
      sending.set(id, { partition, work })
    }
  }

  const nextDue = (): number | undefined => {
    const times = [...pending].flatMap(([id, waiting]) => (sending.has(id) ? [] : [dueAt(waiting)]))
    return sending.size >= AT_ONCE || times.length === 0 ? undefined : Math.min(...times)
  }

  const removeOld = async (open: Lane): Promise<void> => {
    for (const partition of positions.keys()) {
      const outputs: LaneOutput[] = []
      for (const { key, value } of log.table(topics.deliveries, partition).scan('')) {
        const row = value && (JSON.parse(decoder.decode(value)) as DeliveryRow)
        if (!row || row.state === 'pending' || row.createdAt > clock.now() - (deps.keptMs ?? KEPT_MS)) continue
        outputs.push({ topic: topics.deliveries, key, value: null, headers: { reason: 'expired' } })
        if (outputs.length === CLEANED_AT_ONCE) break
      }
      if (outputs.length > 0) await open.commit({ partition, outputs, positions: [] })
    }
  }

  const run = async (open: Lane): Promise<void> => {
    let cleanAt = clock.now()
    while (!stop.signal.aborted) {
      const seen = wakeup.ticket()
      try {
        await settings.catchUp()
        await readChanges()
        sendDue(open)
        if (clock.now() >= cleanAt) {
          cleanAt = clock.now() + CLEAN_EVERY_MS
          await removeOld(open)
        }
      } catch (error) {
        telemetry.log('error', 'deliveries_failed', { message: messageOf(error) })
      }
      await wakeup.wait(seen, nextDue(), stop.signal)
    }
  }

  return {
    name: 'lane deliveries',
    async start() {
      if (lane) return
      unsubscribe = log.onChange((topic) => {
        if (topic === topics.deliveries) wakeup.notify()
      })
      lane = await log.openLane(
        { name: 'deliveries', inputs: [topics.deliveries] },
        {
          assigned: async (p) => void positions.set(p, (await log.bounds(topics.deliveries, p)).start),
          async revoked(p) {
            positions.delete(p)
            for (const [id, { partition }] of pending) if (partition === p) pending.delete(id)
            // What is under way is recorded before somebody else sends it.
            await Promise.allSettled([...sending.values()].flatMap(({ partition, work }) => (partition === p ? [work] : [])))
          },
        },
      )
      loop = run(lane)
    },
    async stop() {
      stop.abort()
      unsubscribe?.()
      await loop
      await Promise.allSettled([...sending.values()].map(({ work }) => work))
      await lane?.close()
      lane = undefined
    },
  }
}

/** The first try is due at once: its time is the log's, which a clock set back may not reach for hours. */
function dueAt({ row, notBefore }: Pending): number {
  return row.attempts.length === 0 ? notBefore : Math.max(notBefore, row.nextAttemptAt ?? 0)
}

/** The outcome of a message that is not sent and not tried again. */
function gone(error: string): SendResult {
  return { status: 410, error, retryAfterSeconds: null }
}

/** When what the message tells about happened; a message that does not say so is of now. */
function sinceOf(row: DeliveryRow): number {
  const { data } = JSON.parse(row.body) as { data?: { since?: string } }
  return data?.since === undefined ? Number.POSITIVE_INFINITY : Date.parse(data.since)
}
