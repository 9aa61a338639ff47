import { expect } from 'vitest'
import type { EventLog } from '#log/port'
import { openOwnedLane, readAll, suiteTopics, text } from '../../conformance/support.ts'

/** What a log must hold after a crash, given the lines `crash-child.ts` wrote before it. Returns how much was checked. */
export async function checkAfterCrash(log: EventLog, lines: readonly string[]): Promise<{ appends: number; commits: number }> {
  const { input, rows, dead } = suiteTopics
  const keys = new Map<string, string>()
  for (let p = 0; p < 4; p++)
    for (const record of await readAll(log, input, p)) {
      keys.set(`${p} ${record.offset}`, record.key)
      expect(text(record.value)!.startsWith(record.key)).toBe(true)
    }
  const acked = { appends: 0, commits: 0 }
  const committed = new Map<number, number>()
  for (const line of lines) {
    const [what, a = '', b = '', c = ''] = line.split(' ')
    if (what === 'append') {
      expect(keys.get(`${b} ${c}`), line).toBe(a)
      acked.appends++
    } else if (what === 'commit') {
      committed.set(Number(a), Number(b))
      acked.commits++
    }
  }
  const { lane } = await openOwnedLane(log, 'l', [input])
  for (let p = 0; p < 4; p++) {
    const position = await lane.position(input, p)
    expect(position).toBeGreaterThanOrEqual(committed.get(p) ?? 0)
    // Outputs and position are one: the row names the very position that is stored.
    expect(text(log.table(rows, p).get('row')?.value) ?? '0').toBe(String(position))
    const letters = await readAll(log, dead, p)
    expect(text(letters.at(-1)?.value) ?? '0').toBe(String(position))
    const newest = (await readAll(log, rows, p, 0)).at(-1)
    if (newest) expect(newest.offset + 1).toBe((await log.bounds(rows, p)).end)
  }
  await lane.close()
  return acked
}
