import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveQuery, LiveRow } from '#contracts/live'
import { rowIds, type AgentRow, type ContactRow, type TurnRow } from '#contracts/rows'
import { createComputation } from '#api/live/computations'
import { createRoom } from '#api/live/room'
import { createQueueFacts } from '#api/queue-facts'
import { createRowsView, type RowsView } from '#api/rows-view'
import { createSettingsStore } from '#api/settings-store'
import { computeSums, type ReadSums } from '#api/metrics-sums'
import { createSumsCache } from '#api/sums-cache'
import { topics, topicSpecs } from '#events/topics'
import { createManualClock, type Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { createTelemetry } from '#kernel/telemetry'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import { agent, alert, contact, queue, T0, turn } from '../../integration/api/rows.ts'
import { eventually } from '../../helpers/eventually.ts'

const telemetry = createTelemetry(() => undefined)
const openLog = (clock: Clock): EventLog => createMemoryLog({ topics: topicSpecs, partitionCount: 3, clock })

/** Appends as a reader sees it; which partition a row lies in does not matter to a view of all. */
async function put(log: EventLog, ...rows: (AgentRow | ContactRow | TurnRow)[]): Promise<void> {
  const idOf = (row: AgentRow | ContactRow | TurnRow): string =>
    row.kind === 'agent' ? rowIds.agent(row.id) : row.kind === 'contact' ? rowIds.contact(row.id) : rowIds.turn(row)
  await log.append(
    topics.rows,
    rows.map((row) => ({ key: idOf(row), value: Buffer.from(JSON.stringify(row)), headers: {} })),
  )
}

async function startView(log: EventLog, clock: Clock): Promise<RowsView> {
  const view = createRowsView({ log, clock, telemetry })
  await view.start()
  return view
}

describe('the rows view', () => {
  it('is ready when it has applied all that was there at start', async () => {
    const clock = createManualClock(T0)
    const log = openLog(clock)
    await put(log, agent('a1'), contact('c1'), contact('c2', { backfill: true }), turn('c1', 't1'))
    await log.append(topics.rows, [{ key: 'interval/a1/status//Available/1', value: Buffer.from('not even JSON'), headers: {} }])
    await log.append(topics.alerts, [{ key: 'alert/c1/r1/1', value: Buffer.from(JSON.stringify(alert('al1'))), headers: {} }])
    clock.advance(5000)
    const view = await startView(log, clock)
    expect(view.ready()).toBe(false)
    await view.whenReady()
    expect([view.agents.size, view.contacts.size, view.waiting.size, view.alerts.size]).toEqual([1, 2, 1, 1])
    expect(view.asOf()).toBe(T0)
    expect(view.names.queues.get('billing')?.name).toBe('Billing')
    await view.stop()
  })

  it('knows queues and agents by their listed names where events do not tell, and forgets what is listed no more', async () => {
    const clock = createManualClock(T0)
    const log = openLog(clock)
    const entry = (kind: 'queue' | 'agent', id: string, name: string | null) => ({
      key: `${kind}/i1/${id}`,
      value:
        name === null
          ? null
          : Buffer.from(JSON.stringify({ kind, instanceId: 'i1', id, arn: `arn:aws:connect:x:1:instance/i1/${kind}/${id}`, name })),
      headers: {},
    })
    await put(log, contact('c1'), agent('a2', { firstName: null, lastName: null }))
    await log.append(topics.directory, [
      entry('queue', 'quiet', 'Quiet'),
      entry('queue', 'billing', 'Billing by an older name'),
      entry('agent', 'a2', 'Ann Example'),
      { key: 'something else', value: Buffer.from('{}'), headers: {} },
    ])
    const view = await startView(log, clock)
    await view.whenReady()
    const settings = createSettingsStore({ log, clock, telemetry })
    const facts = createQueueFacts({ timeZone: 'UTC', businessDayStart: '00:00' }, { rows: view, settings })
    expect([facts.displayName('quiet'), facts.displayName('billing'), facts.agentName('a2')]).toEqual(['Quiet', 'Billing', 'Ann Example'])
    expect(facts.ids().toSorted()).toEqual(['billing', 'quiet'])
    await log.append(topics.directory, [entry('queue', 'quiet', null), entry('queue', 'billing', null)])
    await eventually(() => !facts.has('quiet'), 'the deleted queue is gone')
    expect(facts.ids()).toEqual(['billing'])
    await view.stop()
  })

  it('is ready at once over an empty log, as of its start', async () => {
    const clock = createManualClock(T0)
    const view = await startView(openLog(clock), clock)
    expect([view.ready(), view.asOf()]).toEqual([true, T0])
    await view.stop()
  })

  it('takes rows away and tells what a batch changed', async () => {
    const clock = createManualClock(T0)
    const log = openLog(clock)
    const view = await startView(log, clock)
    const seen: string[] = []
    view.onChange((changes) => {
      for (const [id, { before, after }] of changes.contacts) seen.push(`${id} ${before?.state ?? '-'} ${after?.state ?? '-'}`)
      for (const [id, turns] of changes.turns) seen.push(`${id} turns ${[...turns].join()}`)
    })
    await put(log, contact('c1'), contact('c1', { state: 'connected' }))
    await eventually(() => seen.length === 1)
    await log.append(topics.rows, [{ key: 'contact/c1', value: null, headers: {} }])
    await eventually(() => seen.length === 2)
    await put(log, turn('c1', 'a/b'))
    await eventually(() => seen.length === 3)
    expect(seen).toEqual(['c1 - connected', 'c1 connected -', 'c1 turns a/b'])
    expect([view.contacts.size, view.waiting.size]).toEqual([0, 0])
    await view.stop()
  })

  it('goes on after the log could not be read, without losing a record', async () => {
    const clock = createManualClock(T0)
    const log = openLog(clock)
    let failures = 3
    const flaky: EventLog = {
      ...log,
      read: (...args) =>
        failures-- > 0 ? Promise.reject(new CallboardError('LOG_UNAVAILABLE', 'not now', { retryable: true })) : log.read(...args),
    }
    await put(log, agent('a1'), agent('a2'), agent('a3'))
    const view = await startView(flaky, clock)
    await eventually(() => {
      clock.advance(1000)
      return view.ready()
    })
    expect(view.agents.size).toBe(3)
    await view.stop()
  })
})

describe('settings', () => {
  it('count versions, keep deletions, and are the same for a second reader', async () => {
    const clock = createManualClock(T0)
    const log = openLog(clock)
    const open = async () => {
      const store = createSettingsStore({ log, clock, telemetry })
      await store.start()
      await store.whenReady()
      return store
    }
    const store = await open()
    const other = await open()
    const heard: string[] = []
    other.onChange(({ type, id }) => void heard.push(`${type} ${id}`))
    const rule = (name: string) => ({
      name,
      enabled: true,
      severity: 'warning' as const,
      queues: [],
      condition: { type: 'phrase' as const, phrases: ['xx'], speaker: 'any' as const },
    })
    const versions = await Promise.all(['one', 'two', 'three'].map((name) => store.put('alert-rule', 'r/1@x', rule(name))))
    expect(versions.map((v) => v.version)).toEqual([1, 2, 3])
    expect(store.get('alert-rule', 'r/1@x')).toMatchObject({ version: 3, since: T0, value: { name: 'three' } })
    // Versions lie in different partitions: a reader may meet the third before the first, which then changes nothing.
    await eventually(() => other.get('alert-rule', 'r/1@x')?.version === 3)
    expect(new Set(heard)).toEqual(new Set(['alert-rule r/1@x']))
    expect([await store.delete('alert-rule', 'r/1@x'), await store.delete('alert-rule', 'r/1@x')]).toEqual([true, false])
    expect(store.list('alert-rule')).toEqual([])
    expect((await store.put('alert-rule', 'r/1@x', rule('again'))).version).toBe(5)
    await store.stop()
    await other.stop()
  })

  it('that this version cannot read are counted and left alone', async () => {
    const clock = createManualClock(T0)
    const log = openLog(clock)
    const value = (text: string) => Buffer.from(text)
    await log.append(topics.settings, [
      { key: 'queue/q@1', value: value('{"colour":1}'), headers: {} },
      { key: 'future/x@1', value: value('{}'), headers: {} },
      { key: 'queue/w@1', value: value('no JSON'), headers: {} },
      { key: 'queue/ok@1', value: value('{"displayName":"Fine"}'), headers: {} },
    ])
    const store = createSettingsStore({ log, clock, telemetry })
    await store.start()
    await store.whenReady()
    expect(store.list('queue').map((s) => s.id)).toEqual(['ok'])
    await store.stop()
  })
})

describe('what subscribers hold', () => {
  const queries: LiveQuery[] = [
    { rows: 'agents' },
    { rows: 'agents', filters: [{ key: 'STATE', values: ['available'] }] },
    { rows: 'contacts' },
    {
      rows: 'contacts',
      filters: [
        { key: 'STATE', values: ['waiting'] },
        { key: 'QUEUE', values: ['q1'] },
      ],
    },
    { rows: 'contacts', filters: [{ key: 'CONTACT', values: ['c1', 'c2'] }] },
    { rows: 'queues' },
    { rows: 'turns', filters: [{ key: 'CONTACT', values: ['c1'] }] },
    { metrics: [{ name: 'CONTACTS_IN_QUEUE' }, { name: 'AGENTS_AVAILABLE' }, { name: 'CONTACTS_QUEUED', window: 'PT15M' }] },
    { metrics: [{ name: 'CONTACTS_IN_QUEUE' }, { name: 'AGENTS_STAFFED' }], groupings: ['QUEUE', 'CHANNEL'] },
  ]
  const id = fc.constantFrom('1', '2', '3')
  const queueRef = fc.constantFrom(queue('q1', 'One'), queue('q2', null), queue('q2', 'Two'))
  const agentRow = fc
    .tuple(
      id,
      fc.constantFrom('available' as const, 'onContact' as const, 'offline' as const),
      fc.array(queueRef, { maxLength: 2 }),
      fc.constantFrom('Ana', 'Bea'),
    )
    .map(([n, state, queues, firstName]) => agent(`a${n}`, { state, queues, firstName }))
  const contactRow = fc
    .tuple(
      id,
      fc.constantFrom('queued' as const, 'offered' as const, 'connected' as const, 'ended' as const),
      queueRef,
      fc.boolean(),
      fc.constantFrom('VOICE', 'CHAT'),
    )
    .map(([n, state, q, backfill, channel]) =>
      contact(`c${n}`, {
        state,
        queue: q,
        backfill,
        channel,
        agentId: `a${n}`,
        audioStartedAt: state === 'connected' ? T0 : null,
        ...(state === 'ended' ? { leftQueueAt: T0, outcome: 'abandoned' as const, queueSeconds: 5 } : {}),
      }),
    )
  const turnRow = fc
    .tuple(id, id, fc.constantFrom('raw' as const, 'redacted' as const), fc.string())
    .map(([c, n, outputType, text]) => turn(`c${c}`, `t${n}`, { outputType, text }))
  const removal = fc.constantFrom('agent/a1', 'contact/c1', 'contact/c2', 'turn/c1/t1/redacted')
  const step = fc.oneof(agentRow, contactRow, turnRow, removal)

  it('is, whatever came in whatever batches, what a new snapshot shows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(step, fc.nat(150)), { maxLength: 40 }), async (steps) => {
        const clock = createManualClock(T0)
        const log = openLog(clock)
        const rows = await startView(log, clock)
        const settings = createSettingsStore({ log, clock, telemetry })
        await settings.start()
        const facts = createQueueFacts({ timeZone: 'UTC', businessDayStart: '00:00' }, { rows, settings })
        const readSums = createSumsCache({ rows, facts, settings })
        // What is fresh is computed without the memory of earlier sums.
        const afresh: ReadSums = (question) => computeSums(question, { fold: rows.metrics, facts })
        const open = (query: LiveQuery, sums: ReadSums, send: Parameters<typeof createRoom>[2]['send'] = () => undefined) =>
          createRoom('s', createComputation(query, { words: true }, { rows, facts, readSums: sums }), {
            clock,
            computed: () => undefined,
            send,
          })
        const pages = queries.map((query) => {
          const page = new Map<string, LiveRow>()
          let seq = 0
          const room = open(query, readSums, (delta) => {
            expect(delta.seq).toBe(++seq)
            for (const [rowId, row] of Object.entries(delta.set)) page.set(rowId, row)
            for (const rowId of delta.del) expect(page.delete(rowId)).toBe(true)
          })
          for (const [rowId, row] of Object.entries(room.snapshot().rows)) page.set(rowId, row)
          rows.onChange((changes) => room.take(changes))
          return { query, page }
        })
        for (const [change, pauseMs] of steps) {
          if (typeof change === 'string') await log.append(topics.rows, [{ key: change, value: null, headers: {} }])
          else await put(log, change)
          clock.advance(pauseMs)
        }
        // The views read in their own time: a marker per partition shows that they are through.
        const markers = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8']
        await put(log, ...markers.map((m) => agent(m, { state: 'offline', queues: [] })))
        await eventually(() => markers.every((m) => rows.agents.has(m)))
        clock.advance(200)
        for (const { query, page } of pages) {
          const fresh = open(query, afresh).snapshot().rows
          expect([query, Object.fromEntries([...page].sort())]).toEqual([query, Object.fromEntries(Object.entries(fresh).sort())])
        }
        await rows.stop()
        await settings.stop()
      }),
      { numRuns: 40 },
    )
  })
})
