/** What the reader of segments knows of one contact. Times are epoch milliseconds. */
export interface LiveContact {
  id: string
  channel: 'VOICE' | 'CHAT' | null
  queueId: string | null
  /** To an agent; before that there is nothing to read. */
  connectedAt: number | null
  endedAt: number | null
  /** When a stream last told of the conversation; null: none ever did. */
  heardAt: number | null
  /** The analysis has ended, or there is none: nothing more will come. */
  isDone: boolean
  /** When we last asked the API. */
  readAt: number | null
  /** Not to be asked again before. */
  notBefore: number
  /** Where the API goes on. */
  token: string | undefined
  /** How often in a row the API knew nothing of it. */
  missing: number
  outputType: 'Raw' | 'Redacted'
}

/** A stream is a few seconds behind speech: before that its silence means nothing. */
const FIRST_AFTER_MS = 15_000
/** A turn takes some seconds, so that sooner there is little new. */
const AGAIN_AFTER_MS = 5_000
/** People are seldom silent for so long; a stream that is has lost something, or somebody is on hold. */
const GAP_MS = 60_000
const WATCHED = 4
const OVER = 0.25

/**
 * How urgent it is to read a contact now; 0: not due. Milliseconds unheard, so that everyone's turn comes, the longest unread first and
 * a conversation that just began before one read a moment ago; times four where an alert rule may fire in its queue, because there a
 * late word costs most; a quarter once it is over, when it is for the record only.
 */
export function urgencyOf(contact: LiveContact, now: number, isWatched: (queueId: string | null) => boolean): number {
  const { connectedAt, endedAt, heardAt, readAt, notBefore, isDone, queueId } = contact
  if (connectedAt === null || isDone || now < notBefore) return 0
  const unheardMs = now - Math.max(connectedAt, heardAt ?? 0, readAt ?? 0)
  const dueAfterMs = heardAt !== null ? GAP_MS : readAt === null ? FIRST_AFTER_MS : AGAIN_AFTER_MS
  if (unheardMs < dueAfterMs) return 0
  return unheardMs * (endedAt !== null ? OVER : isWatched(queueId) ? WATCHED : 1)
}
