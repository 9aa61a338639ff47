import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import type { CallboardError } from '#kernel/errors'
import { openLmdbLog } from '#log/lmdb/log'
import { entry, readAll, suiteTopics, suiteTopicSpecs, tempFolder } from '../../conformance/support.ts'

const topics = [suiteTopics.input, suiteTopics.dead]
const open = (dir: string) => openLmdbLog({ dir, topics: suiteTopicSpecs, partitionCount: 1, clock: systemClock })
const MIB = 1024 * 1024

it('rejects appends when little space is left, reads on, and takes appends again when there is more', async ({ skip }) => {
  const disk = join(await tempFolder(), 'disk')
  mkdirSync(disk)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]).status !== 0) {
    console.log('skipped: needs the right to mount a tmpfs')
    skip()
  }
  try {
    const log = await open(join(disk, 'log'))
    const filler = join(disk, 'filler')
    for (const topic of topics) {
      await log.append(topic, [entry('k', 'before')])
      const { bavail, bsize } = statfsSync(disk)
      writeFileSync(filler, Buffer.alloc(bavail * bsize - 60 * MIB))
      const refused = await log.append(topic, [entry('k', 'refused')]).catch((error: unknown) => error as CallboardError)
      expect(refused).toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true })
      expect((refused as CallboardError).message).toMatch(/5\d|60 MB are left on the disk/)
      expect((await readAll(log, topic, 0)).map(({ value }) => Buffer.from(value!).toString())).toEqual(['before'])
      rmSync(filler)
      await log.append(topic, [entry('k', 'after')])
      expect((await readAll(log, topic, 0)).map(({ value }) => Buffer.from(value!).toString())).toEqual(['before', 'after'])
    }
    await log.close()
  } finally {
    spawnSync('umount', ['-l', disk])
  }
}, 60_000)

it.each(topics)(
  'ends the process when a write fails all the same, and holds what was acknowledged: %s',
  async (topic) => {
    const dir = join(await tempFolder(), 'log')
    const script = fileURLToPath(new URL('full-disk-child.ts', import.meta.url))
    // A limit on the size of files: what the free space says is not all that can stand in the way of a write.
    const command = 'ulimit -f 3000; exec "$0" --conditions=source --import tsx "$1" "$2" "$3"'
    const child = spawnSync('bash', ['-c', command, process.execPath, script, dir, topic], { encoding: 'utf8', timeout: 15_000 })
    expect(child.status).not.toBe(0)
    expect(child.signal).toBeNull()
    expect(child.stderr).toContain('failed and the process ends')
    expect(child.stdout.length).toBeGreaterThan(10)

    const log = await open(dir)
    const kept = await readAll(log, topic, 0)
    expect(kept.length).toBe(2 * child.stdout.length)
    const [position] = await log.append(topic, [entry('k', 'again')])
    expect(position!.offset).toBe(kept.length)
    await log.close()
  },
  60_000,
)
