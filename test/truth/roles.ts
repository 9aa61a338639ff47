import { expect } from 'vitest'
import { toBytes, toLines } from '#simulator/output/bytes'
import type { WireEvent } from '#simulator/stream'
import { figuresAt, figuresBetween, type Truth } from '#simulator/truth/figures'
import { eventually } from '../helpers/eventually.ts'
import type { RoleProcess } from '../helpers/roles.ts'
import { pathOf, THRESHOLD } from './centre.ts'

/** About `count` batches: neighbours of one kind together, as their sources would deliver them. */
export function* batchesOf(events: readonly WireEvent[], count: number): Generator<WireEvent[]> {
  const size = Math.max(100, Math.floor(events.length / count))
  for (let i = 0; i < events.length; i += size) {
    const window = events.slice(i, i + size)
    for (const kind of new Set(window.map((event) => event.kind))) yield window.filter((event) => event.kind === kind)
  }
}

/** Messages of one kind, in one request. */
export async function send(api: RoleProcess, batch: readonly WireEvent[]): Promise<void> {
  const path = `/api/v1/events/${pathOf(batch[0]!.kind)}`
  const { status } = await api.call('POST', path, toLines(batch.map(toBytes)), 'application/x-ndjson')
  expect(status).toBe(202)
}

/** Waits until every figure is the truth's; `from` lies on the business day that still goes on, `at` after all has happened. */
export async function expectFigures(api: RoleProcess, truth: Truth, { from, at }: { from: number; at: number }): Promise<void> {
  const recorded = new Set(truth.contacts.map(({ id }) => id))
  const question = { at, threshold: THRESHOLD, isFinal: (id: string) => recorded.has(id) }
  const wanted = {
    ...figuresBetween(truth, { ...question, from }),
    ...Object.fromEntries(Object.entries(figuresAt(truth, question)).filter(([metric]) => metric !== 'OLDEST_CONTACT_AGE')),
  }
  let told: Record<string, number | null> = {}
  await eventually(
    async () => {
      told = await ask(api, Object.keys(wanted))
      return Object.entries(wanted).every(([metric, value]) => isSame(value, told[metric] ?? null))
    },
    'every figure is true',
    120_000,
  ).catch(() => expect(told).toEqual(wanted))
}

async function ask(api: RoleProcess, metrics: readonly string[]): Promise<Record<string, number | null>> {
  const { body } = await api.call<{ results: { collections: { metric: string; value: number | null }[] }[] }>(
    'POST',
    '/api/v1/metrics/current',
    {
      metrics: metrics.map((name) => ({
        name,
        ...(name === 'SERVICE_LEVEL' || name === 'CONTACTS_IN_QUEUE_OVER_X' ? { threshold: THRESHOLD } : {}),
      })),
    },
  )
  return Object.fromEntries(body.results[0]!.collections.map(({ metric, value }) => [metric, value]))
}

const isSame = (a: number | null, b: number | null): boolean =>
  a === b || (a !== null && b !== null && Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(a)))
