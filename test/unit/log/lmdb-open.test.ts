import { cp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openLmdbLog } from '#log/lmdb/log'
import { createTestClock, entry, openOwnedLane, readAll, suiteTopics, suiteTopicSpecs, tempFolder } from '../../conformance/support.ts'
import { appendTexts, openTestLog } from './support.ts'

const { input, rows, settings } = suiteTopics
const open = (dir: string, partitionCount = 1): ReturnType<typeof openLmdbLog> =>
  openLmdbLog({ dir, topics: suiteTopicSpecs, partitionCount, clock: createTestClock() })

/** A closed log with a few hundred records in a slice, rows and a position. */
async function makeFilledLog(): Promise<string> {
  const dir = await tempFolder()
  const log = await openTestLog({ dir })
  for (let i = 0; i < 4; i++) {
    await log.append(
      input,
      Array.from({ length: 100 }, (_, n) => entry(`k${n}`, Buffer.alloc(n % 10 === 0 ? 9000 : 500, n))),
    )
    await log.append(
      settings,
      Array.from({ length: 100 }, (_, n) => entry(`s${n + i * 50}`, Buffer.alloc(n % 10 === 0 ? 9000 : 500, n))),
    )
  }
  const { lane } = await openOwnedLane(log, 'l', [input])
  await lane.commit({ partition: 0, outputs: [{ topic: rows, ...entry('r', 'v') }], positions: [{ topic: input, next: 300 }] })
  await log.close()
  return dir
}

const sliceFile = async (dir: string): Promise<string> => join(dir, 'slices', (await readdir(join(dir, 'slices')))[0]!, 'data.mdb')

it('stops when a stored position is past the end of its topic, and says both', async () => {
  const dir = await makeFilledLog()
  await rm(join(dir, 'slices'), { recursive: true })
  await expect(open(dir)).rejects.toMatchObject({
    code: 'LOG_OFFSET_OUT_OF_RANGE',
    message: 'Lane "l" stands at offset 300 of connect.input/0, but the log ends at 0.',
    details: { lane: 'l', topic: input, next: 300, end: 0 },
  })
})

it('names PARTITIONS when the folder was made with another count', async () => {
  const dir = await makeFilledLog()
  await expect(open(dir, 4)).rejects.toMatchObject({ code: 'SETTING_INVALID', message: expect.stringContaining('PARTITIONS') })
  await (await open(dir, 1)).close()
})

it('says so when its folder cannot be made', async () => {
  const file = join(await tempFolder(), 'file')
  await writeFile(file, '')
  await expect(open(join(file, 'log'))).rejects.toMatchObject({ code: 'SETTING_INVALID' })
})

it.each([0, 1000, 8192, 40_000, -4096])('refuses a file cut to %i bytes with LOG_CORRUPT, again and again', async (size) => {
  const whole = await makeFilledLog()
  for (const which of ['state', 'slice']) {
    const dir = join(await tempFolder(), 'copy')
    await cp(whole, dir, { recursive: true })
    const file = which === 'state' ? join(dir, 'state', 'data.mdb') : await sliceFile(dir)
    const bytes = (await readFile(file)).length
    await truncate(file, size < 0 ? bytes + size : size)
    // The very last page may be one that is not in use: then nothing is missing.
    for (let i = 0; i < 2; i++) {
      const failure = await open(dir).then(
        (log) => log.close(),
        (error: unknown) => error,
      )
      if (size >= 0) expect(failure).toMatchObject({ code: 'LOG_CORRUPT' })
      else if (failure) expect(failure).toMatchObject({ code: 'LOG_CORRUPT' })
    }
  }
})

it('finds a damaged page at the latest in the fourth start after three that did not end', async () => {
  const dir = await makeFilledLog()
  const file = join(dir, 'state', 'data.mdb')
  const bytes = await readFile(file)
  // Page headers hold the page's own number; a leaf with another one is not looked at by a start after a clean close.
  for (let page = 2; (page + 1) * 4096 <= bytes.length; page++)
    if (bytes.readUInt16LE(page * 4096 + 18) === 2) bytes.writeUInt32LE(page + 7, page * 4096)
  await writeFile(file, bytes)
  await writeFile(join(dir, 'unclosed-starts'), '3')
  await expect(open(dir)).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
})

it('refuses to hand out a record whose bytes were changed on disk', async () => {
  const dir = await makeFilledLog()
  const file = await sliceFile(dir)
  const bytes = await readFile(file)
  for (let at = bytes.indexOf(Buffer.alloc(500, 7)); at >= 0; at = bytes.indexOf(Buffer.alloc(500, 7), at + 500)) bytes[at + 250] = 8
  await writeFile(file, bytes)
  const log = await openTestLog({ dir })
  await expect(readAll(log, input, 0)).rejects.toMatchObject({ code: 'LOG_CORRUPT' })
})

it('names a slice whose description is gone', async () => {
  const dir = await makeFilledLog()
  await rm(join(await sliceFile(dir), '..', 'slice.json'))
  await expect(open(dir)).rejects.toMatchObject({ code: 'LOG_CORRUPT', message: expect.stringContaining('slice.json') })
})

it('starts with a topic that is new, and leaves one alone that is no more', async () => {
  const dir = await makeFilledLog()
  const fewer = suiteTopicSpecs.filter(({ name }) => name !== input)
  const log = await openTestLog({
    dir,
    topics: [...fewer, { name: 'connect.new', cleanup: 'delete' }, { name: 'callboard.new', cleanup: 'compact' }],
  })
  await log.append('connect.new', [entry('k', 'v')])
  await log.append('callboard.new', [entry('k', 'v')])
  expect((await readAll(log, 'connect.new', 0)).length).toBe(1)
  expect(log.table('callboard.new', 0).get('k')).toBeDefined()
  await log.close()
  const again = await openTestLog({ dir })
  await appendTexts(again, 'more')
  expect(await again.bounds(input, 0)).toEqual({ start: 0, end: 401 })
})
