import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { openLmdbLog } from '#log/lmdb/log'
import { suiteTopicSpecs, tempFolder } from '../../conformance/support.ts'
import { checkAfterCrash } from './crash-checks.ts'
import { eventually } from '../../helpers/eventually.ts'

const child = fileURLToPath(new URL('crash-child.ts', import.meta.url))

it('holds everything it acknowledged after SIGKILL at random moments, three times in a row', async () => {
  const dir = await tempFolder()
  const acks = join(dir, 'acks')
  let checked = 0
  for (let round = 0; round < 3; round++) {
    const before = await stat(acks).then(
      ({ size }) => size,
      () => 0,
    )
    const writer = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', child, join(dir, 'log'), acks, String(round)], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    const ended = new Promise<NodeJS.Signals | null>((resolve) => writer.once('exit', (_code, signal) => resolve(signal)))
    // By how much was acknowledged, not by time: a slow machine gets as far.
    const enough = before + 1000 + Math.random() * 60_000
    await eventually(
      async () =>
        writer.exitCode !== null ||
        (await stat(acks).then(
          ({ size }) => size,
          () => 0,
        )) > enough,
      'the child acknowledges',
      15_000,
    )
    writer.kill('SIGKILL')
    expect(await ended).toBe('SIGKILL')
    const lines = (await readFile(acks, 'utf8')).split('\n').slice(0, -1)
    const log = await openLmdbLog({ dir: join(dir, 'log'), topics: suiteTopicSpecs, partitionCount: 4, clock: systemClock })
    try {
      const { appends, commits } = await checkAfterCrash(log, lines)
      expect(commits).toBeGreaterThan(0)
      expect(appends).toBeGreaterThan(checked)
      checked = appends
    } finally {
      await log.close()
    }
  }
}, 60_000)
