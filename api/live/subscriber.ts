import { subscribeSchema, type LiveQuery, type SubscribeAnswer } from '#contracts/live'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import { invalid, toProblem } from '../http/problems.ts'
import { iso } from '../present.ts'
import type { RowsView } from '../rows-view.ts'
import { createRateLimit } from './rate-limit.ts'
import { MAX_ROOMS, type Rooms } from './rooms.ts'
import type { SlowClients } from './slow-clients.ts'
import type { LiveSocket } from './types.ts'

export const MAX_SUBSCRIPTIONS = 64
const SUBSCRIBE_RATE = { burst: 64, perSecond: 10 }

export interface SubscriberDeps {
  clock: Clock
  telemetry: Telemetry
  rows: RowsView
  rooms: Rooms
  slow: SlowClients
}

/** What one socket asked for. All that comes in is untrusted: wrong requests are answered, those without a way to answer ignored. */
export interface Subscriber {
  subscribe(request: unknown, answer: unknown): Promise<void>
  unsubscribe(request: unknown): void
  close(): void
}

export function createSubscriber(socket: LiveSocket, context: { epoch: string; words: boolean }, deps: SubscriberDeps): Subscriber {
  const { rows, rooms, slow, telemetry } = deps
  const subscriptions = new Set<string>()
  const mayAsk = createRateLimit(SUBSCRIBE_RATE, deps)

  const parse = (request: unknown): LiveQuery => {
    const parsed = subscribeSchema.safeParse(request)
    if (!parsed.success) throw invalid(...parsed.error.issues.map((i) => ({ path: i.path.join('.'), message: i.message })))
    if ('board' in parsed.data) throw new CallboardError('NOT_FOUND', 'there is no such board')
    const { query } = parsed.data
    if ('rows' in query && query.rows === 'turns' && !context.words)
      throw new CallboardError('AUTH_FORBIDDEN', 'turns need the scope "transcripts"')
    return query
  }
  const open = async (request: unknown): Promise<SubscribeAnswer> => {
    if (!mayAsk()) throw new CallboardError('RATE_LIMITED', 'too many subscriptions in a short time', { retryable: true })
    const query = parse(request)
    if (!rows.ready()) throw new CallboardError('NOT_READY', 'the server is catching up', { retryable: true })
    const shared = rooms.open(query, { words: context.words })
    const { room, members } = shared
    const isNew = !subscriptions.has(room.id)
    try {
      if (isNew && subscriptions.size >= MAX_SUBSCRIPTIONS)
        throw new CallboardError('RATE_LIMITED', `at most ${MAX_SUBSCRIPTIONS} subscriptions per connection`)
      if (rooms.size > MAX_ROOMS) throw new CallboardError('RATE_LIMITED', 'too many different subscriptions on this server')
      await members.settled()
      const { rows: snapshot, seq, bytes } = room.snapshot()
      if (!slow.expectSnapshot(socket, bytes))
        throw new CallboardError('RATE_LIMITED', 'earlier data have not been read yet', { retryable: true })
      slow.forgetRoom(socket, room.id)
      if (socket.connected) {
        members.add(socket)
        subscriptions.add(room.id)
      }
      return { subscription: room.id, epoch: context.epoch, seq, snapshot: { rows: snapshot, asOf: iso(rows.asOf()) } }
    } finally {
      // Frees the room when nobody came to stay.
      if (members.size === 0 && !subscriptions.has(room.id)) rooms.leave(room.id, socket)
    }
  }
  return {
    async subscribe(request, answer) {
      if (typeof answer !== 'function') return
      const reply = answer as (given: SubscribeAnswer) => void
      try {
        reply(await open(request))
        telemetry.count('api_live_subscribes_total', { result: 'ok' })
      } catch (error) {
        const { code, detail, status } = toProblem(error)
        telemetry.count('api_live_subscribes_total', { result: code })
        if (status >= 500 && code === 'INTERNAL') telemetry.log('error', 'api_live_subscribe_failed', { message: messageOf(error) })
        reply({ error: { code, detail } })
      }
    },
    unsubscribe(request) {
      const id = typeof request === 'object' && request !== null && 'subscription' in request ? request.subscription : undefined
      if (typeof id !== 'string' || !subscriptions.delete(id)) return
      slow.forgetRoom(socket, id)
      rooms.leave(id, socket)
    },
    close() {
      for (const id of subscriptions) rooms.leave(id, socket)
      subscriptions.clear()
    },
  }
}
