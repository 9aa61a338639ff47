// loop: lanes commit, kill broker, restart; stop at first stale
import { setTimeout as sleep } from 'node:timers/promises'
import { startKafka } from '../../scripts/kafka.mjs'
import { barrierWaits, cacheCoordinators, committedPosition, connectKafka, errorType, INPUT, now, openWriter, PARTITIONS, ROWS } from './kafka-client.ts'
Error.stackTraceLimit = 60
cacheCoordinators()
const dataDir = process.argv[2]!
const dlog = { 'x': '' }
let broker = await startKafka({ dataDir })
const kafka = connectKafka(broker.brokers, 'tmp')
const admin = kafka.admin(); await admin.connect()
await admin.createTopics({ waitForLeaders: true, topics: [INPUT, ROWS].map(topic => ({ topic, numPartitions: PARTITIONS, replicationFactor: 1 })) })
await admin.disconnect()
let stop = false
process.on('unhandledRejection', (e) => console.log('UNH', errorType(e), e instanceof Error ? e.stack : e))
async function lane(p: number) {
  let [w, next] = await openWriter(kafka, p, { barrier: process.argv[4] !== 'no' })
  while (!stop) {
    const t0 = now()
    try { await w.commit([`${next}`, `${next+1}`, `${next+2}`], next + 3); next += 3; acked.set(p, [next, t0, now()]); await sleep(20) }
    catch (e) {
      void w.close(); const before = next
      ;[w, next] = await openWriter(kafka, p, { barrier: process.argv[4] !== 'no' })
      if (next < before) { stop = true; await sleep(1500); console.log('STALE', p, 'acked', before, 'read', next, 'reread', await committedPosition(kafka, p), 'ack at', new Date(acked.get(p)![2]).toISOString(), 'began', new Date(acked.get(p)![1]).toISOString()) ; return }
    }
  }
  await w.close()
}
const acked = new Map<number, number[]>()
const all = Promise.all(Array.from({length: PARTITIONS}, (_, p) => lane(p)))
for (let i = 0; i < Number(process.argv[3] ?? 25) && !stop; i++) {
  await sleep(2000); if (stop) break
  process.kill(broker.pid, 'SIGKILL'); console.log('killed', new Date().toISOString())
  await sleep(200); broker = await startKafka({ dataDir }); console.log('waits', barrierWaits.count, 'up', new Date().toISOString())
  await sleep(3000)
}
stop = true
await Promise.race([all, sleep(20000)])
await broker.stop()
process.exit(0)
