import { closeSync, openSync, writeSync } from 'node:fs'
import { systemClock } from '#kernel/clock'
import { openLmdbLog } from '#log/lmdb/log'
import { entry, openOwnedLane, suiteTopics, suiteTopicSpecs } from '../../conformance/support-entries.ts'

/**
 * Appends and commits until it is killed, and writes a line to the file given second for each acknowledgement: `append <key> <offset>`
 * or `commit <partition> <number>`. Commit n of a partition writes row `row` = n and position n, as one.
 */
const [dir, ackFile, round = '0'] = process.argv.slice(2)
const acks = openSync(ackFile!, 'a')
process.once('exit', () => closeSync(acks))
const log = await openLmdbLog({ dir: dir!, topics: suiteTopicSpecs, partitionCount: 4, clock: systemClock })
const { lane } = await openOwnedLane(log, 'l', [suiteTopics.input])

const produce = async (producer: number): Promise<void> => {
  for (let i = 0; ; i++) {
    const key = `r${round}-${producer}-${i}`
    const [position] = await log.append(suiteTopics.input, [entry(key, Buffer.alloc(200 + ((i * 37) % 6000), key))])
    writeSync(acks, `append ${key} ${position!.partition} ${position!.offset}\n`)
  }
}
const fold = async (partition: number): Promise<void> => {
  for (;;) {
    const { end } = await log.bounds(suiteTopics.input, partition)
    const position = await lane.position(suiteTopics.input, partition)
    const next = Math.min(position + 1, end)
    const outputs = [
      { topic: suiteTopics.rows, ...entry('row', String(next)) },
      { topic: suiteTopics.rows, ...entry(`row-${next % 500}`, Buffer.alloc(300, 1)) },
      { topic: suiteTopics.dead, ...entry('row', String(next)) },
    ]
    await lane.commit({ partition, outputs, positions: [{ topic: suiteTopics.input, next }] })
    writeSync(acks, `commit ${partition} ${next}\n`)
  }
}
await Promise.all([...Array.from({ length: 30 }, (_, i) => produce(i)), ...[0, 1, 2, 3].map(fold)])
