import { isJsonObject, type Json } from '#kernel/json'
import type { WireEvent } from './stream.ts'

/** What Amazon Connect, or a rule set up with care, partitions a stream by: agent ARN or contact id; a message that names neither, its kind. */
export function partitionKeyOf({ kind, payload }: WireEvent): string {
  const key = typeof payload === 'string' ? (kind === 'queue-log' ? payload.split('|', 2)[1] : undefined) : keyIn(payload)
  return typeof key === 'string' && key !== '' ? key.slice(0, 256) : kind
}

function keyIn(payload: { [name: string]: Json }): Json | undefined {
  const detail = payload['detail']
  return payload['AgentARN'] ?? payload['ContactId'] ?? (isJsonObject(detail) ? detail['contactId'] : undefined) ?? payload['contactId']
}

/** The shard of `count` that a key falls into. Amazon takes MD5; any even spread does here (FNV-1a with a final mix). */
export function shardOf(key: string, count: number): number {
  let h = 0x811c9dc5
  for (let i = 0; i < key.length; i++) h = Math.imul(h ^ key.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  return ((h ^ (h >>> 13)) >>> 0) % count
}
