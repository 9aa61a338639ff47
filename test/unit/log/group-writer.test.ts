import { describe, expect, it } from 'vitest'
import type { Draft } from '#log/lmdb/draft'
import { createPlanWriter, type PlanWriter } from '#log/lmdb/group-writer'

/** A writer onto a list of transactions; each transaction is the list of what its plans added. */
function createRecordingWriter(maxPendingBytes: number): {
  writer: PlanWriter
  transactions: string[][]
  failNext: () => void
  add: (name: string, bytes?: number) => Promise<unknown>
} {
  const transactions: string[][] = []
  let current: string[] = []
  let failing = false
  const draft: Draft = {
    add: (topic) => {
      current.push(topic)
      return { partition: 0, offset: 0, ingestTime: 0 }
    },
    position: () => undefined,
    setPosition: () => {},
    remove: () => {},
    isNewest: () => false,
    dropTombstone: () => {},
    finish: () => [],
    touched: [],
    settle: () => void transactions.push(current),
  }
  const writer = createPlanWriter({
    maxPendingBytes,
    written: () => {},
    target: {
      async begin() {
        current = []
        return draft
      },
      async write() {
        await new Promise((resolve) => setImmediate(resolve))
        if (failing) {
          failing = false
          throw new Error('disk full')
        }
      },
    },
  })
  const entry = { key: '', keyBytes: new Uint8Array(), headerBytes: new Uint8Array(), value: null, bytes: 0 }
  return {
    writer,
    transactions,
    failNext: () => void (failing = true),
    add: (name, bytes = 1) => writer.submit((d) => [d.add(name, 0, entry)], bytes),
  }
}

describe('group commit', () => {
  it('writes what one turn submits as one transaction, and what comes meanwhile as the next', async () => {
    const { add, transactions } = createRecordingWriter(100)
    const first = [add('a'), add('b')]
    setImmediate(() => first.push(add('c'), add('d')))
    await Promise.all(first)
    // c and d were added meanwhile.
    await Promise.all(first)
    await add('e')
    expect(transactions).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  it('keeps a transaction within its bytes, in order, and lets one that is larger alone through', async () => {
    const { add, transactions } = createRecordingWriter(10)
    await Promise.all([add('a', 6), add('b', 6), add('c', 30), add('d', 4), add('e', 6), add('f', 1)])
    expect(transactions).toEqual([['a'], ['b'], ['c'], ['d', 'e'], ['f']])
  })

  it('fails a plan that throws alone, and all of a group when its write fails', async () => {
    const { add, writer, transactions, failNext } = createRecordingWriter(10)
    const refused = writer.submit(() => {
      throw new Error('refused')
    }, 1)
    const [a, b] = await Promise.allSettled([add('a'), refused])
    expect([a?.status, b?.status]).toEqual(['fulfilled', 'rejected'])
    failNext()
    const failed = await Promise.allSettled([add('b'), add('c')])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await add('d')
    expect(transactions).toEqual([['a'], ['d']])
  })

  it('writes what was submitted before close and refuses what comes after', async () => {
    const { add, writer, transactions } = createRecordingWriter(1)
    const pending = [add('a'), add('b')]
    const closing = writer.close()
    await expect(add('c')).rejects.toMatchObject({ code: 'LOG_CLOSED' })
    await closing
    await Promise.all(pending)
    expect(transactions).toEqual([['a'], ['b']])
  })
})
