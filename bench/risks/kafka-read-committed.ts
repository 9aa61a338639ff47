import { createRequire } from 'node:module'

interface AbortedTransaction {
  readonly producerId: string
  readonly firstOffset: string
}
interface FetchedMessage {
  readonly offset: string
  readonly key: Buffer | null
  isControlRecord: boolean
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
}
interface FetchedPartition {
  abortedTransactions: AbortedTransaction[] | null
  readonly messages: FetchedMessage[]
}
interface FetchResponse {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[]
}
interface BrokerInternals {
  fetch(request: unknown): Promise<FetchResponse>
}

const isAbortMarker = (message: FetchedMessage): boolean => message.isControlRecord && message.key?.readInt16BE(2) === 0

/**
 * kafkajs 2.2.4 takes the broker's list of aborted transactions for sorted by first offset (it comes in order of their
 * ends) and starts at most one of them per message, so with two writers in one partition rows of an aborted transaction
 * get through. Aborted rows are marked as control records here: kafkajs skips those and still moves its position.
 */
export function hideAborted(partition: FetchedPartition): void {
  const pending = (partition.abortedTransactions ?? []).map((entry) => ({ id: entry.producerId, from: BigInt(entry.firstOffset) }))
  pending.sort((a, b) => (a.from < b.from ? -1 : 1))
  const open = new Set<string>()
  let next = 0
  for (const message of partition.messages) {
    for (let entry = pending[next]; entry && entry.from <= BigInt(message.offset); entry = pending[++next]) open.add(entry.id)
    const { producerId, inTransaction } = message.batchContext
    if (isAbortMarker(message)) open.delete(producerId)
    else if (inTransaction && open.has(producerId)) message.isControlRecord = true
  }
  partition.abortedTransactions = []
}

/** Replaces kafkajs's filter; independent of the order in which modules are loaded. Idempotent. */
export function repairReadCommitted(): void {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/broker') as { prototype: BrokerInternals }
  const { fetch } = prototype
  if (fetch.name === 'fetchReadCommitted') return
  prototype.fetch = async function fetchReadCommitted(request) {
    const response = await fetch.call(this, request)
    for (const { partitions } of response.responses) partitions.forEach(hideAborted)
    return response
  }
}
