import { pause, type Clock } from '#kernel/clock'
import type { KindPath } from '#events/envelope'
import type { ServerClient } from './client.ts'
import { wakefulClock } from './wakeful-clock.ts'
import { rebase } from './rebase.ts'
import { listFiles, readMessages, type Message } from './replay-files.ts'

export interface ReplayOptions {
  kind?: KindPath | undefined
  /** Times real time; `max`: as fast as the server takes them. */
  speed: number | 'max'
  rebase: boolean
  onProgress?: (sent: number, total: number) => void
  clock?: Clock
}

export interface ReplayResult {
  files: number
  sent: number
  accepted: number
  duplicate: number
  deadLettered: number
}

const BATCH_MESSAGES = 500
const BATCH_BYTES = 4 * 1024 * 1024

/** Sends recorded events to a running server, oldest first. `accepted + duplicate + deadLettered = sent`. */
export async function replay(client: ServerClient, path: string, options: ReplayOptions): Promise<ReplayResult> {
  const clock = options.clock ?? wakefulClock
  const files = await listFiles(path)
  const found: Message[] = []
  for (const file of files) for (const message of await readMessages(file, options.kind)) found.push(message)
  const messages = inOrder(options.rebase ? rebaseAll(found, clock.now()) : found)
  const result: ReplayResult = { files: files.length, sent: 0, accepted: 0, duplicate: 0, deadLettered: 0 }
  const startedAt = clock.now()
  const firstTime = messages.find((m) => m.eventTime !== null)?.eventTime ?? 0
  for (const batch of batches(messages, options.speed)) {
    if (options.speed !== 'max') {
      const due = startedAt + ((batch[0]!.eventTime ?? firstTime) - firstTime) / options.speed
      if (due > clock.now()) await pause(clock, due - clock.now())
    }
    const counts = await client.call<{ accepted: number; duplicate: number; deadLettered: number }>('POST', `/events/${batch[0]!.kind}`, {
      type: 'application/x-ndjson',
      text: batch.map((m) => m.text).join('\n'),
    })
    result.sent += batch.length
    result.accepted += counts.accepted
    result.duplicate += counts.duplicate
    result.deadLettered += counts.deadLettered
    options.onProgress?.(result.sent, messages.length)
  }
  return result
}

/** The newest event happens now, the others as much before it as they were. */
function rebaseAll(messages: readonly Message[], now: number): Message[] {
  const newest = messages.reduce((max, m) => Math.max(max, m.eventTime ?? 0), 0)
  if (!(newest > 0)) return [...messages]
  const shift = now - newest
  return messages.map((m) => {
    if (!m.payload) return m
    const payload = rebase(m.payload, shift)
    return { ...m, payload, text: JSON.stringify(payload), eventTime: m.eventTime === null ? null : m.eventTime + shift }
  })
}

/** By event time; what has none keeps its place behind the message before it. */
function inOrder(messages: readonly Message[]): Message[] {
  let last = 0
  const timed = messages.map((message, i) => ({ message, i, at: (last = message.eventTime ?? last) }))
  return timed.sort((a, b) => a.at - b.at || a.i - b.i).map((t) => t.message)
}

/** Neighbours of one kind, as many as fit a request; one at a time when the pace matters. */
function* batches(messages: readonly Message[], speed: number | 'max'): Generator<Message[]> {
  let batch: Message[] = []
  let bytes = 0
  for (const message of messages) {
    const size = Buffer.byteLength(message.text)
    const isFull = batch.length >= (speed === 'max' ? BATCH_MESSAGES : 1) || bytes + size > BATCH_BYTES
    if (batch.length > 0 && (isFull || batch[0]!.kind !== message.kind)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(message)
    bytes += size
  }
  if (batch.length > 0) yield batch
}
