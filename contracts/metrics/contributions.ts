import type { AgentRow, ContactRow, Row } from '../rows.ts'

/** What one row adds to aggregates. Pure and complete: an aggregate is the sum of the contributions of all rows, nothing else. */
export type Contribution =
  | { type: 'agent'; agentId: string; queueIds: readonly string[]; counts: AgentCounts }
  | { type: 'waiting'; contactId: string; queueId: string; channel: string; enqueuedAt: number }
  | { type: 'minute'; queueId: string; channel: string; minute: number; sums: MinuteSums; waitSeconds: number | null }

export interface AgentCounts {
  online: number
  staffed: number
  available: number
  onContact: number
  nonProductive: number
  contactsInAcw: number
}

export interface MinuteSums {
  queued: number
  abandoned: number
  answered: number
  answerMs: number
  handled: number
  handleCount: number
  handleMs: number
}

export const MINUTE_MS = 60_000
const noSums: MinuteSums = { queued: 0, abandoned: 0, answered: 0, answerMs: 0, handled: 0, handleCount: 0, handleMs: 0 }
// Whole milliseconds, so that adding and taking away leaves no rounding behind.
const toMs = (seconds: number): number => Math.round(seconds * 1000)
const dialling = new Set(['OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK'])
const active = new Set(['CONNECTED', 'CONNECTED_ONHOLD', 'PAUSED', 'ENDED'])

export function contributionsOf(row: Row): Contribution[] {
  if (row.kind === 'agent') return [ofAgent(row)]
  if (row.kind === 'contact' && !row.backfill) return ofContact(row)
  return []
}

/** Head counts as Amazon counts them (AWS guide, "Real-time metrics definitions"); they are not a partition of the agents. */
function ofAgent(row: AgentRow): Contribution {
  // An agent who signed out is offline whatever status the last snapshot shows (heart beats go on for an hour).
  const isOut = row.state === 'offline'
  const type = isOut ? 'OFFLINE' : row.status.type
  const isActive = (c: AgentRow['contacts'][number]): boolean =>
    active.has(c.state) || (c.state === 'CONNECTING' && dialling.has(c.initiationMethod))
  return {
    type: 'agent',
    agentId: row.id,
    queueIds: row.queues.map((q) => q.id),
    counts: {
      online: Number(type !== 'OFFLINE'),
      staffed: Number(type === 'ROUTABLE'),
      available: Number(type === 'ROUTABLE' && row.contacts.length === 0),
      onContact: Number(!isOut && row.contacts.some(isActive)),
      nonProductive: Number(type === 'CUSTOM'),
      contactsInAcw: isOut ? 0 : row.contacts.filter((c) => c.state === 'ENDED').length,
    },
  }
}

function ofContact(row: ContactRow): Contribution[] {
  const queueId = row.queue?.id ?? ''
  const channel = row.channel ?? ''
  const found: Contribution[] = []
  const minute = (at: number, sums: Partial<MinuteSums>, waitSeconds: number | null = null): void => {
    found.push({ type: 'minute', queueId, channel, minute: Math.floor(at / MINUTE_MS), sums: { ...noSums, ...sums }, waitSeconds })
  }
  if (row.state === 'queued' && row.enqueuedAt !== null) {
    found.push({ type: 'waiting', contactId: row.id, queueId, channel, enqueuedAt: row.enqueuedAt })
  }
  if (row.enqueuedAt !== null && row.leftQueueAt !== null) {
    const answered = row.outcome === 'answered' && row.queueSeconds !== null
    minute(
      row.leftQueueAt,
      {
        queued: 1,
        abandoned: Number(row.outcome === 'abandoned'),
        answered: Number(answered),
        answerMs: answered ? toMs(row.queueSeconds!) : 0,
      },
      row.queueSeconds,
    )
  }
  if (row.connectedAt !== null) minute(row.connectedAt, { handled: 1 })
  if (row.handledAt !== null && row.handleSeconds !== null) minute(row.handledAt, { handleCount: 1, handleMs: toMs(row.handleSeconds) })
  return found
}
