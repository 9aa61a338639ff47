import { openLmdbLog } from '#log/lmdb/log'
import { systemClock } from '#kernel/clock'
import { topicSpecs } from '#events/topics'
import { appendFileSync, readFileSync, rmSync } from 'node:fs'
const [mode, dir, filler] = process.argv.slice(2)
process.on('unhandledRejection', (e) => { console.log('UNHANDLED', e); process.exit(7) })
const log = await openLmdbLog({ dir: dir!, topics: topicSpecs, partitionCount: 4, clock: systemClock })
let ok = 0, failed = 0; const codes = new Map<string, number>()
const once = async (t: string) => { try { await log.append(t, Array.from({ length: 50 }, (_, n) => ({ key: `k${n}`, value: Buffer.alloc(2000, 1), headers: {} }))); ok += 50; return true } catch (e) { failed++; const m = (e as Error).message.slice(0, 90); codes.set(m, (codes.get(m) ?? 0) + 1); return false } }
const t = mode!
let bad = 0
for (let i = 0; i < 3000 && bad < 20; i++) if (!(await once(t))) bad++
console.log('ok', ok, 'failed', failed, [...codes])
let n = 0
for (let p = 0; p < 4; p++) { const b = await log.bounds(t, p); n += b.end; const r = await log.read(t, p, Math.max(0, b.end - 1), { maxRecords: 1, maxBytes: 1e6 }); if (b.end && r.next !== b.end) console.log('bad read') }
console.log('ends', n)
if (filler) { rmSync(filler); for (let i = 0; i < 5; i++) console.log('after space', await once(t)) }
await log.close()
const again = await openLmdbLog({ dir: dir!, topics: topicSpecs, partitionCount: 4, clock: systemClock })
n = 0; for (let p = 0; p < 4; p++) n += (await again.bounds(t, p)).end
console.log('reopened ends', n, 'acked', ok)
await again.close()
