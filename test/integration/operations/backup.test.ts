import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, it } from 'vitest'
import { kindsByPath, type KindPath } from '#events/envelope'
import { createDemo, type DemoEvent } from '#simulator/demo'
import type { BackupManifest } from '../../../backup.ts'
import { runCli } from '../../helpers/cli.ts'
import { startServer, type TestServer } from '../../helpers/server.ts'
import { caughtUp, differenceOf, openTestStore, readTables } from '../../helpers/tables.ts'

const pathOf = Object.fromEntries(Object.entries(kindsByPath).map(([path, kind]) => [kind, path])) as Record<DemoEvent['kind'], KindPath>
const root = mkdtempSync(join(tmpdir(), 'callboard-backup-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function start(settings: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer(settings)
  servers.push(server)
  return server
}

/** Minutes of a contact centre that have just gone by, as requests of neighbouring events of one kind. */
function requests(minutes: number): { path: KindPath; lines: string[] }[] {
  const startAt = Date.now() - minutes * 60_000
  const demo = createDemo({ seed: 5, startAt, storyAt: startAt + 30_000 })
  const found: { path: KindPath; lines: string[] }[] = []
  for (let event = demo.next(); event.at < startAt + minutes * 60_000; event = demo.next()) {
    const path = pathOf[event.kind]
    const open = found.at(-1)
    if (open?.path === path && open.lines.length < 20) open.lines.push(JSON.stringify(event.payload))
    else found.push({ path, lines: [JSON.stringify(event.payload)] })
  }
  return found
}

async function send(server: TestServer, path: KindPath, lines: readonly string[]): Promise<void> {
  const { status } = await server.call('POST', `/api/v1/events/${path}`, lines.join('\n'), 'application/x-ndjson')
  expect(status).toBe(202)
}

const cli = (...args: string[]) => runCli([...args, '--json'], { CALLBOARD_DEMO: 'off' })
const manifestOf = (folder: string): BackupManifest => JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as BackupManifest

/** All a server shows and stores, once it has read everything. */
async function outcomeOf(server: TestServer): Promise<Record<string, string[]>> {
  await caughtUp(server.metricsUrl)
  const asText = async (path: string): Promise<string[]> =>
    (await server.call<{ items: unknown[] }>('GET', path)).body.items.map((item) => JSON.stringify(item))
  const lists = { agents: await asText('/api/v1/agents?limit=200'), queues: await asText('/api/v1/queues?limit=200') }
  await server.kill()
  const { store, stop } = await openTestStore(join(server.dataDir, 'clickhouse'))
  try {
    return { ...lists, ...(await readTables(store)) }
  } finally {
    await stop()
  }
}

it('a backup made under load becomes a server with the figures of exactly the events it holds', async () => {
  const source = await start()
  const all = requests(5)
  const folder = join(root, 'under-load')
  const half = Math.floor(all.length / 2)
  let backup: ReturnType<typeof cli> | undefined
  for (const [i, { path, lines }] of all.entries()) {
    if (i === half) backup = cli('backup', folder, '--data-dir', source.dataDir)
    await send(source, path, lines)
  }
  const made = await backup!
  expect([made.code, made.err]).toEqual([0, ''])

  const dataDir = join(root, 'restored')
  const restored = await runCli(['restore', folder, '--data-dir', dataDir, '--json'], { CALLBOARD_DEMO: 'off' })
  expect([restored.code, restored.err]).toEqual([0, ''])
  const again = await start({ CALLBOARD_DATA_DIR: dataDir })
  await caughtUp(again.metricsUrl)
  const actual = await outcomeOf(again)

  // The oracle: a new server that is given the same events, in the order the source got them.
  const held = new Set(actual['events_raw']!.map((text) => (JSON.parse(text) as { payload: string }).payload))
  expect(held.size).toBeGreaterThan(500)
  const oracle = await start()
  const total = all.reduce((sum, { lines }) => sum + lines.length, 0)
  console.log(`backed up while ${total} events were sent: it holds ${held.size}`)
  for (const { path, lines } of all) {
    const mine = lines.filter((line) => held.has(line))
    if (mine.length > 0) await send(oracle, path, mine)
  }
  const expected = await outcomeOf(oracle)
  for (const [name, rows] of Object.entries(expected))
    expect({ name, count: actual[name]?.length, ...differenceOf(rows, actual[name] ?? []) }).toEqual({
      name,
      count: rows.length,
      missing: [],
      extra: [],
    })
}, 240_000)

it('a folder without a server is backed up too; a restore checks every byte and the place it goes to', async () => {
  const source = await start()
  for (const { path, lines } of requests(1)) await send(source, path, lines)
  await caughtUp(source.metricsUrl)
  const folder = join(root, 'offline')
  await source.kill()
  const made = await cli('backup', folder, '--data-dir', source.dataDir)
  expect([made.code, made.err]).toEqual([0, ''])
  const { figures, files } = manifestOf(folder)
  expect(figures?.events_raw.rows).toBeGreaterThan(100)

  // Its own folder, one that is in use, one that holds something, and a target for a backup that is not new.
  await source.restart()
  const refusals = [await cli('restore', folder, '--data-dir', source.dataDir), await cli('backup', folder, '--data-dir', source.dataDir)]
  await source.kill()
  refusals.push(await cli('restore', folder, '--data-dir', source.dataDir))
  expect(refusals.map(({ code, err }) => [code, JSON.parse(err) as { error: string; code?: string }])).toEqual([
    [1, expect.objectContaining({ code: 'DATA_DIR_IN_USE' })],
    [1, expect.objectContaining({ error: expect.stringContaining('is not empty') })],
    [1, expect.objectContaining({ error: expect.stringContaining('is not empty') })],
  ])

  // One byte of the log, one of a table, a missing manifest.
  for (const path of [
    files.find((f) => f.path.endsWith('data.mdb'))!.path,
    files.find((f) => f.path.includes('segments') && f.bytes > 50)!.path,
  ]) {
    const file = join(folder, path)
    const bytes = readFileSync(file)
    const at = bytes.length >> 1
    writeFileSync(file, Buffer.concat([bytes.subarray(0, at), Buffer.of(bytes[at]! ^ 1), bytes.subarray(at + 1)]))
    const refused = await cli('restore', folder, '--data-dir', join(root, 'never'))
    expect([refused.code, JSON.parse(refused.err)]).toEqual([
      1,
      { code: 'BACKUP_INVALID', error: expect.stringContaining(`${path} is damaged`) },
    ])
    writeFileSync(file, bytes)
  }
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify({ ...manifestOf(folder), dataFormat: 99, version: '9.9.9' }))
  expect((await cli('restore', folder, '--data-dir', join(root, 'never'))).err).toContain('made by Callboard 9.9.9 in a newer format')
  rmSync(join(folder, 'manifest.json'))
  expect((await cli('restore', folder, '--data-dir', join(root, 'never'))).err).toContain('it has no manifest.json')
}, 240_000)
