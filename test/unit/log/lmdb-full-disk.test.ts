import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { openLmdbLog } from '#log/lmdb/log'
import { entry, readAll, suiteTopics, suiteTopicSpecs, tempFolder } from '../../conformance/support.ts'

it('rejects appends when there is no space, reads on, and takes appends again when there is', async ({ skip }) => {
  if (process.platform !== 'linux') {
    console.log('skipped: needs a limit on file size (Linux)')
    skip()
  }
  const dir = join(await tempFolder(), 'log')
  const script = fileURLToPath(new URL('full-disk-child.ts', import.meta.url))
  const command = 'ulimit -f 3000; exec "$0" --conditions=source --import tsx "$1" "$2"'
  // lmdb prints each failure itself.
  const child = spawnSync('bash', ['-c', command, process.execPath, script, dir], { encoding: 'utf8', timeout: 15_000 })
  expect(child.status, child.stderr).toBe(0)
  const seen: Record<string, { codes: string[]; acked: number; end: number; next: number }> = JSON.parse(child.stdout)

  const log = await openLmdbLog({ dir, topics: suiteTopicSpecs, partitionCount: 1, clock: systemClock })
  try {
    for (const topic of [suiteTopics.input, suiteTopics.dead]) {
      const { codes, acked, end, next } = seen[topic]!
      expect(codes).toEqual(Array.from({ length: 5 }, () => 'LOG_UNAVAILABLE'))
      expect([acked > 0, end, next]).toEqual([true, acked, acked])
      expect((await readAll(log, topic, 0)).length).toBe(acked)
      const [position] = await log.append(topic, [entry('k', 'again')])
      expect(position!.offset).toBe(acked)
    }
  } finally {
    await log.close()
  }
}, 60_000)
