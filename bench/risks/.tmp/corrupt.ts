import { openLmdbLog } from '#log/lmdb/log'
import { systemClock } from '#kernel/clock'
import { topicSpecs } from '#events/topics'
const [mode, dir] = process.argv.slice(2)
const log = await openLmdbLog({ dir: dir!, topics: topicSpecs, partitionCount: 4, clock: systemClock })
if (mode === 'fill') {
  for (let i = 0; i < 40; i++) {
    await log.append('connect.contacts', Array.from({ length: 250 }, (_, n) => ({ key: `c${i}-${n}`, value: Buffer.alloc(n % 50 === 0 ? 9000 : 600, n), headers: { a: 'b' } })))
    await log.append('callboard.settings', Array.from({ length: 250 }, (_, n) => ({ key: `s${i % 20}-${n}`, value: Buffer.alloc(n % 50 === 0 ? 9000 : 600, n), headers: { a: 'b' } })))
  }
} else {
  let n = 0
  for (const t of ['connect.contacts', 'callboard.settings'])
    for (let p = 0; p < 4; p++) {
      const { start, end } = await log.bounds(t, p)
      for (let next = start; next < end; ) { const b = await log.read(t, p, next, { maxRecords: 100, maxBytes: 1 << 20 }); n += b.records.length; next = b.next }
    }
  await log.append('connect.contacts', [{ key: 'x', value: Buffer.from('x'), headers: {} }])
  await log.append('callboard.settings', [{ key: 'x', value: Buffer.from('x'), headers: {} }])
  console.log('read', n)
}
await log.close()
