import type { AgentTruth, ContactTruth } from '#simulator/truth/facts'
import type { Truth } from '#simulator/truth/figures'
import type { AnalyticsStore } from '#storage/port'

/** What the store must hold in the end, written out of the truth, and what it holds. Times are epoch ms. */
export interface HistoryDifference {
  what: string
  truth: string | undefined
  stored: string | undefined
}

const whole = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1000) * 1000)
const handled = ({ seconds }: ContactTruth): number | null =>
  seconds.interaction === null ? null : seconds.interaction + seconds.hold! + seconds.acw! + (seconds.pause ?? 0)

/** A contact as its record tells it: whole seconds. */
const toContactLine = (c: ContactTruth): string =>
  JSON.stringify([
    c.channel,
    c.method,
    c.initialId ?? '',
    c.previousId ?? '',
    // The record names the queue of whoever queued and of what was dialled, an agent's event that of any contact.
    c.enqueuedAt !== null || c.connectedAt !== null || c.method === 'OUTBOUND' ? c.queueId : '',
    c.agentId ?? '',
    c.outcome ?? (c.connectedAt === null ? '' : 'answered'),
    whole(c.initiatedAt),
    whole(c.enqueuedAt),
    whole(c.connectedAt),
    whole(c.leftQueueAt),
    whole(c.disconnectedAt),
    whole(c.endedAt),
    c.disconnectReason ?? '',
    c.seconds.queue,
    c.seconds.interaction,
    c.seconds.hold,
    c.seconds.acw,
    handled(c),
  ])

export async function compareHistory(store: AnalyticsStore, truth: Truth): Promise<HistoryDifference[]> {
  const ms = (column: string): string => `if(${column} IS NULL, NULL, toUnixTimestamp64Milli(assumeNotNull(${column})))`
  const contacts = await store.query<Record<string, string | number | null>>({
    name: 'test',
    sql: `SELECT contact_id, channel, initiation_method, initial_contact_id, previous_contact_id, queue_id, agent_id, outcome,
      ${['initiated_at', 'enqueued_at', 'connected_at', 'left_queue_at', 'disconnected_at', 'ended_at'].map((c) => `toFloat64(${ms(c)}) AS ${c}_`).join(', ')},
      disconnect_reason, queue_seconds, interaction_seconds, hold_seconds, acw_seconds, handle_seconds FROM contacts FINAL`,
    params: {},
  })
  const stored = new Map(
    contacts.map((row) => {
      const { contact_id, ...rest } = row
      return [`contact ${contact_id}`, JSON.stringify(Object.values(rest))]
    }),
  )
  const wanted = new Map(truth.contacts.map((c) => [`contact ${c.id}`, toContactLine(c)]))

  const intervals = await store.query<{
    agent_id: string
    of: string
    contact_id: string
    name: string
    startMs: number
    endMs: number | null
  }>({
    name: 'test',
    sql: `SELECT agent_id, of, contact_id, name, toFloat64(${ms('start')}) AS startMs, toFloat64(${ms('end')}) AS endMs FROM intervals FINAL ORDER BY agent_id, start, of, contact_id`,
    params: {},
  })
  for (const i of intervals) stored.set(`${i.of} of ${i.agent_id} ${i.contact_id} ${i.name} from ${i.startMs}`, String(i.endMs))
  for (const changes of truth.agents.values()) for (const [key, end] of spansOf(changes)) wanted.set(key, String(end))

  return [...new Set([...wanted.keys(), ...stored.keys()])]
    .filter((what) => wanted.get(what) !== stored.get(what))
    .map((what) => ({ what, truth: wanted.get(what), stored: stored.get(what) }))
}

/** Stretches of an agent's time: one for each status, one for each state of each contact. */
function spansOf(changes: readonly AgentTruth[]): Map<string, number | null> {
  const spans = new Map<string, number | null>()
  const open = new Map<string, { key: string; sign: string }>()
  for (const change of changes) {
    const now = new Map<string, { key: string; sign: string; start: number }>()
    const { status, agentId } = change
    if (change.isSignedIn)
      now.set('status', {
        key: `status of ${agentId}  ${status.name} from ${status.since}`,
        sign: `${status.name} ${status.since}`,
        start: status.since,
      })
    for (const c of change.contacts)
      now.set(c.id, { key: `contact of ${agentId} ${c.id} ${c.state} from ${c.since}`, sign: `${c.state} ${c.since}`, start: c.since })
    for (const [what, { key, sign }] of open) {
      const next = now.get(what)
      if (next?.sign === sign) continue
      spans.set(key, next?.start ?? change.at)
      open.delete(what)
    }
    for (const [what, { key, sign }] of now) {
      if (open.has(what)) continue
      open.set(what, { key, sign })
      spans.set(key, null)
    }
  }
  return spans
}
