/**
 * Risk 3 of the design, the store's part: how fast the embedded engine opens, is found hung and comes back, and how long reads of
 * the newest version take among many contacts. `--contacts 10000000` for the full size, `--turns 2` turns for each (0: contacts only).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createClickHouseStore } from '#storage/clickhouse'
import { createEmbeddedStore, type EmbeddedStore } from '#storage/embedded/supervisor'
import { migrate } from '#storage/migrate'
import type { AnalyticsStore } from '#storage/port'
import { contactById, listContacts } from '#storage/queries/contacts'
import { searchTranscripts } from '#storage/queries/search-transcripts'
import { transcriptOf } from '#storage/queries/transcripts'

const DATABASE = 'callboard_bench'
const FIRST_CONTACT_AT = Date.UTC(2026, 0, 1)
const CHUNK = 100_000
const WORDS = 20_000

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      contacts: { type: 'string', default: '1000000' },
      turns: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '20' },
    },
  })
  const [contacts, turns, rounds] = [Number(values.contacts), Number(values.turns), Number(values.rounds)]
  const dataDir = await mkdtemp(join(tmpdir(), 'callboard-bench-store-'))
  const engine = createEmbeddedStore({ dataDir, clock: systemClock, telemetry: silentTelemetry })
  const store = createClickHouseStore({ url: () => engine.url, database: DATABASE, headers: engine.headers })
  try {
    await time('open, new folder', () => engine.start())
    await time('migrate', () => migrate(store, { database: DATABASE }))
    await time('stop', () => engine.stop())
    await time('open, empty tables', () => engine.start())
    await time(`write ${contacts} contacts, every fifth twice, ${contacts * turns} turns`, () => fill(store, contacts, turns))
    await engine.stop()
    await time('open, tables full', () => engine.start())
    await time('first newest-wins read after that', () => listContacts(store, { scope: 'all', limit: 50 }))
    await recover(engine, store, 'SIGKILL')
    await recover(engine, store, 'SIGSTOP')
    await measureReads(engine, store, contacts, rounds)
  } finally {
    await store.close()
    await engine.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function time(what: string, task: () => Promise<unknown>): Promise<void> {
  const startedAt = performance.now()
  await task()
  console.log(`${what}: ${Math.round(performance.now() - startedAt)} ms`)
}

async function recover(engine: EmbeddedStore, store: AnalyticsStore, signal: 'SIGKILL' | 'SIGSTOP'): Promise<void> {
  const { pid, restarts } = engine.health()
  await time(`${signal} until the next child answers`, async () => {
    process.kill(pid ?? 0, signal)
    while (engine.health().restarts === restarts) await sleep(5)
    await store.ping()
  })
}

/** Rows made inside the engine, where that takes seconds. */
async function fill(store: AnalyticsStore, contacts: number, turns: number): Promise<void> {
  for (let from = 0; from < contacts; from += CHUNK) {
    const params = { from, count: Math.min(CHUNK, contacts - from), at: FIRST_CONTACT_AT, turns, words: WORDS }
    await store.command(insertContacts('1'), { params })
    await store.command(insertContacts('2', 'WHERE number % 5 = 0'), { params })
    if (turns === 0) continue
    await store.command(
      `INSERT INTO segments (contact_id, turn_id, output_type, participant_role, text, begin_offset_ms, version)
       SELECT ${contactId('intDiv(number, {turns:UInt32})')}, toString(number % {turns:UInt32}), 'raw', if(number % 2 = 0, 'CUSTOMER', 'AGENT'),
         arrayStringConcat(arrayMap(i -> concat('w', toString(toUInt32(pow({words:UInt32}, (cityHash64(number, i) % 1000003) / 1000003)))), range(12)), ' '),
         (number % {turns:UInt32}) * 5000, 1
       FROM numbers({from:UInt64} * {turns:UInt32}, {count:UInt64} * {turns:UInt32})`,
      { params },
    )
  }
}

const contactId = (n: string): string => `lower(hex(sipHash128(toUInt64(${n}))))`

function insertContacts(version: string, where = ''): string {
  return `INSERT INTO contacts (contact_id, instance_id, channel, queue_id, queue_name, agent_id, state, basis, initiated_at, first_event_at, last_event_at, handle_seconds, version)
    SELECT ${contactId('number')}, 'instance-1', if(number % 4 = 0, 'CHAT', 'VOICE'), concat('queue-', toString(number % 40)), concat('Queue ', toString(number % 40)),
      concat('agent-', toString(cityHash64(number) % 500)), 'ended', 'final', fromUnixTimestamp64Milli({at:Int64} + toInt64(number) * 1000 + ${version}, 'UTC') AS t, t, t, number % 900, ${version}
    FROM numbers({from:UInt64}, {count:UInt64}) ${where}`
}

async function measureReads(engine: EmbeddedStore, store: AnalyticsStore, contacts: number, rounds: number): Promise<void> {
  const page = { scope: 'all' as const, limit: 50 }
  const middle = FIRST_CONTACT_AT + (contacts / 2) * 1000
  const one = { instanceIds: ['instance-1'], queueIds: ['queue-7'], agentIds: ['agent-3'] }
  const [some] = (await listContacts(store, { ...page, limit: 1, filters: { to: middle } })).contacts
  const id = some?.contactId ?? ''
  const reads: Record<string, () => Promise<unknown>> = {
    'one contact': () => contactById(store, { scope: 'all', contactId: id }),
    'its transcript': () => transcriptOf(store, { scope: 'all', contactId: id }),
    'newest 50 contacts': () => listContacts(store, page),
    'newest 50 before the middle': () => listContacts(store, { ...page, filters: { to: middle } }),
    'newest 50 of one queue': () => listContacts(store, { ...page, filters: { queueIds: ['queue-7'] } }),
    'newest 50 in a narrow scope': () => listContacts(store, { ...page, scope: one }),
    'search: a word in every second turn': () => searchTranscripts(store, { ...page, query: 'w1' }),
    'search: a rare word': () => searchTranscripts(store, { ...page, query: 'w15000' }),
    'search: a phrase of common words': () => searchTranscripts(store, { ...page, query: '"w1 w2"' }),
    'search: a rare phrase': () => searchTranscripts(store, { ...page, query: '"w15000 w1"' }),
    'search: a word in a narrow scope': () => searchTranscripts(store, { ...page, query: 'w100', scope: one }),
    'search: a prefix': () => searchTranscripts(store, { ...page, query: 'w1500*' }),
    'all newest versions counted with FINAL': () =>
      store.query({ name: 'count', sql: 'SELECT channel, count(), avg(handle_seconds) FROM contacts FINAL GROUP BY channel', params: {} }),
  }
  console.log('read: p50 / p95 ms of wall time, ms of engine CPU a call')
  for (const [name, read] of Object.entries(reads)) {
    const times: number[] = []
    await read()
    const cpuBefore = await cpuMs(engine)
    for (let i = 0; i < rounds; i++) {
      const startedAt = performance.now()
      await read()
      times.push(performance.now() - startedAt)
    }
    const cpu = ((await cpuMs(engine)) - cpuBefore) / rounds
    times.sort((a, b) => a - b)
    const at = (share: number): number => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
    console.log(`${name}: ${at(0.5)} / ${at(0.95)}, ${Math.round(cpu)}`)
  }
}

/** CPU time the child has used; 0 where there is no /proc. Wall time says little on a busy machine. */
async function cpuMs(engine: EmbeddedStore): Promise<number> {
  const stat = await readFile(`/proc/${engine.health().pid}/stat`, 'utf8').catch(() => '')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const TICK_MS = 10
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_MS
}
