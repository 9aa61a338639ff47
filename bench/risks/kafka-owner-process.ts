// An owner in a process of its own, so that it can be paused and resumed as a whole. Talks to its parent over IPC.
import { cacheCoordinators, connectKafka, errorType, GROUP, INPUT, now, ROWS, type PartitionWriter } from './kafka-client.ts'
import { Owner, type Attempt } from './kafka-owner.ts'
import { repairReadCommitted } from './kafka-read-committed.ts'
import { encodeRow } from './kafka-view.ts'

export interface ZombieOutcome {
  readonly partition: number
  readonly openAtPause: boolean
  readonly step: 'send' | 'offsets' | 'commit'
  readonly outcome: string
}
export interface OwnerReport {
  readonly owns: number
  readonly attempts: readonly Attempt[]
  readonly cpuMs: number
  readonly resumed: number | undefined
}
export type Command = 'report' | 'clear' | 'hold' | 'finish' | 'stop'
export type Reply =
  | { readonly kind: 'report'; readonly report: OwnerReport }
  | { readonly kind: 'zombie'; readonly outcomes: readonly ZombieOutcome[] }
  | { readonly kind: 'done' }

const [brokers = '', name = 'owner', cached = 'cached'] = process.argv.slice(2)
if (cached === 'cached') cacheCoordinators()
repairReadCommitted()

const kafka = connectKafka(brokers, name)
const owner = new Owner(kafka, name)
const held: { writer: PartitionWriter; open: boolean; finish: () => Promise<ZombieOutcome> }[] = []

/** A pause is noticed as a gap between two ticks: no signal tells a process that it was stopped. */
let resumed: number | undefined
let lastTick = now()
setInterval(() => {
  if (now() - lastTick > 3000) resumed = now()
  lastTick = now()
}, 100)

async function attemptRest(
  writer: PartitionWriter,
  transaction: Awaited<ReturnType<PartitionWriter['begin']>>,
  openAtPause: boolean,
): Promise<ZombieOutcome> {
  const row = encodeRow({ input: 999_999, writer: `${name}-zombie`, appended: 0, sent: 0 })
  const result = (step: ZombieOutcome['step'], outcome: string): ZombieOutcome => ({
    partition: writer.partition,
    openAtPause,
    step,
    outcome,
  })
  let step: ZombieOutcome['step'] = 'send'
  try {
    if (!openAtPause) {
      await transaction.send({ topic: ROWS, messages: [{ partition: writer.partition, value: row }] })
      step = 'offsets'
      await transaction.sendOffsets({
        consumerGroupId: GROUP,
        topics: [{ topic: INPUT, partitions: [{ partition: writer.partition, offset: '1000000' }] }],
      })
    }
    step = 'commit'
    await transaction.commit()
    return result(step, 'committed')
  } catch (error) {
    return result(step, errorType(error))
  }
}

/** Half of the writers stop with an open transaction (rows and position sent), the others between two. */
async function hold(): Promise<void> {
  for (const writer of await owner.hold()) {
    const open = writer.partition % 2 === 0
    const transaction = open ? await writer.begin() : undefined
    if (transaction)
      await writer.send(transaction, [encodeRow({ input: 999_999, writer: `${name}-zombie`, appended: 0, sent: 0 })], 1_000_000)
    held.push({ writer, open, finish: async () => attemptRest(writer, transaction ?? (await writer.begin()), open) })
  }
}

async function answer(command: Command): Promise<Reply> {
  if (command === 'report')
    return {
      kind: 'report',
      report: {
        owns: owner.owns(),
        attempts: owner.attempts,
        cpuMs: process.cpuUsage().user / 1000 + process.cpuUsage().system / 1000,
        resumed,
      },
    }
  if (command === 'clear') owner.attempts.length = 0
  if (command === 'hold') await hold()
  if (command === 'finish') return { kind: 'zombie', outcomes: await Promise.all(held.map((entry) => entry.finish())) }
  return { kind: 'done' }
}

process.on('message', (command: Command) => {
  void answer(command).then((reply) => process.send?.(reply, undefined, undefined, () => command === 'stop' && process.exit(0)))
})
// The parent is gone: nobody would end this process.
process.on('disconnect', () => process.exit(1))
process.on('unhandledRejection', (error) => console.error(name, 'unhandled', errorType(error), error))
await owner.start()
process.send?.({ kind: 'done' } satisfies Reply)
