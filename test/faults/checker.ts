import { join } from 'node:path'
import { expect } from 'vitest'
import { askFigures, paths } from '../truth/centre.ts'
import { differences, tell, type Difference } from '../truth/compare.ts'
import { compareHistory } from '../truth/history.ts'
import { toBytes, toLines } from '#simulator/output/bytes'
import type { WireEvent } from '#simulator/stream'
import { eventually } from '../helpers/eventually.ts'
import type { Receiver } from '../helpers/receiver.ts'
import { caughtUp, differenceOf, openTestStore, readTables } from '../helpers/tables.ts'
import type { Victim } from './victim.ts'
import { distinctMessages, rule, type Workload } from './workload.ts'

const BATCH = 15

/** What the sender may rely on: every message here was answered with 202. */
export interface Acknowledged {
  messages: number
  refused: string[]
}

/** Takes one batch of messages to the victim, one request for each stream, each until it is acknowledged. */
export async function deliver(victim: Victim, events: readonly WireEvent[], acknowledged: Acknowledged): Promise<void> {
  for (const [kind, path] of Object.entries(paths)) {
    const lines = events.filter((event) => event.kind === kind).map(toBytes)
    if (lines.length === 0) continue
    const { status, body } = await victim.call('POST', `/api/v1/events/${path}`, toLines(lines), 'application/x-ndjson')
    if (status === 202) acknowledged.messages += lines.length
    else acknowledged.refused.push(`${path}: ${status} ${JSON.stringify(body)}`)
  }
}

export async function addRuleAndWebhook(victim: Victim, receiver: Receiver): Promise<string> {
  await victim.call('POST', '/api/v1/alert-rules', rule)
  const { body } = await victim.call<{ id: string }>('POST', '/api/v1/webhooks', { name: 'Faults', url: receiver.url })
  return body.id
}

/** The whole workload, batch by batch; `between` is called before each with its number, the number of all and the time. */
export async function deliverAll(
  victim: Victim,
  events: readonly WireEvent[],
  between: (batch: number, batches: number, now: number) => Promise<void> = async () => {},
): Promise<Acknowledged> {
  const acknowledged: Acknowledged = { messages: 0, refused: [] }
  const batches = Math.ceil(events.length / BATCH)
  for (let i = 0; i < batches; i++) {
    const batch = events.slice(i * BATCH, (i + 1) * BATCH)
    const now = Math.max(...batch.map(({ at }) => at))
    await victim.setClock(now)
    await between(i, batches, now)
    await deliver(victim, batch, acknowledged)
  }
  return acknowledged
}

interface Delivery {
  id: string
  type: string
  state: string
}

/** All outputs of a Callboard that has taken the workload in; without what says when we heard of something. */
export interface Outcome {
  agents: string[]
  queues: string[]
  alerts: string[]
  /** `type` of each webhook message. */
  deliveries: string[]
  tables: Record<string, string[]>
}

/**
 * G1–G3 for one victim: outputs equal the truth of the workload, nothing acknowledged is missing, nothing is there twice. Stops the
 * victim. Compare outcomes of two victims with `expectSame`.
 */
export async function checkOutcome(victim: Victim, workload: Workload, receiver: Receiver, webhookId: string): Promise<Outcome> {
  const { truth, endsAt, recorded } = workload
  await victim.alive()
  await victim.setClock(endsAt)
  // One that was armed may die only now.
  await caughtUp(victim)
  const get = async <T>(path: string): Promise<T> => (await victim.call<T>('GET', path)).body
  const post = async <T>(path: string, body: unknown): Promise<T> => (await victim.call<T>('POST', path, body)).body

  let differ: Difference[] = []
  await eventually(
    async () => (differ = differences(truth, await askFigures(post), endsAt, recorded)).length === 0,
    'figures',
    10_000,
  ).catch(() => expect.fail(`figures differ from the truth\n${tell(differ)}`))
  const pages = async <T>(path: string): Promise<T[]> => {
    const found: T[] = []
    for (let cursor = ''; ;) {
      const page = await get<{ items: T[]; nextCursor: string | null }>(`${path}?limit=200${cursor}`)
      found.push(...page.items)
      if (!page.nextCursor) return found
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
    }
  }
  const alerts = (await pages<{ entity: { id: string }; state: string }>('/api/v1/alerts')).map((a) => `${a.entity.id} ${a.state}`).sort()
  expect(alerts).toEqual(workload.alerts)

  const deliveriesPath = `/api/v1/webhooks/${webhookId}/deliveries`
  const deliveries = await eventually(async () => {
    const found = await pages<Delivery>(deliveriesPath)
    return found.every(({ state }) => state === 'delivered') && found
  }, 'every webhook message is delivered')
  const wanted = new Map(deliveries.map(({ id, type }) => [id, type]))
  expect(wanted.size).toBe(deliveries.length)
  const received = receiver.received.filter(({ headers }) => String(headers['webhook-id']).endsWith(webhookId))
  expect(new Set(received.map(({ headers }) => headers['webhook-id']))).toEqual(new Set(wanted.keys()))
  // One id never stands for two messages, and one message never comes under two ids.
  expect(new Set(received.map(({ headers, body }) => `${headers['webhook-id']} ${body}`)).size).toBe(wanted.size)

  const letters = await pages<{ origin: string }>('/api/v1/dead-letters')
  expect(letters.length, 'dead letters').toBeGreaterThanOrEqual(workload.deadLetters)
  const asText = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item)).sort()
  const [agents, queues] = [asText(await pages('/api/v1/agents')), asText(await pages('/api/v1/queues'))]
  const serious = victim.problems.filter(({ level }) => level === 'error')
  expect(serious, 'errors told').toEqual([])
  await victim.stop()

  const { store, stop } = await openTestStore(join(victim.dataDir, 'clickhouse'))
  try {
    const inHistory = await compareHistory(store, truth)
    expect(inHistory.slice(0, 8), `${inHistory.length} differences in the stored history`).toEqual([])
    const counts = await store.query<{ kind: string; rows: string }>({
      name: 'test',
      sql: 'SELECT kind, count() AS rows FROM events_raw FINAL GROUP BY kind',
      params: {},
    })
    expect(new Map(counts.map(({ kind, rows }) => [kind, Number(rows)]))).toEqual(distinctMessages(workload.events))
    const tables = await readTables(store)
    // Rules have random ids.
    const { rule_id } = JSON.parse(tables.alerts[0] ?? '{}') as { rule_id?: string }
    if (rule_id !== undefined) tables.alerts = tables.alerts.map((row) => row.replaceAll(rule_id, 'rule'))
    return { agents, queues, alerts, deliveries: deliveries.map(({ type }) => type).sort(), tables }
  } finally {
    await stop()
  }
}

export function expectSame(actual: Outcome, expected: Outcome): void {
  const flat = ({ tables, ...rest }: Outcome): Record<string, string[]> => ({ ...rest, ...tables })
  const wanted = flat(expected)
  for (const [name, rows] of Object.entries(flat(actual))) {
    const difference = differenceOf(wanted[name]!, rows)
    expect({ name, count: rows.length, ...difference }).toEqual({ name, count: wanted[name]!.length, missing: [], extra: [] })
  }
}
