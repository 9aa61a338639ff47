import { toDomain } from '#events/decode'
import type { DomainEvent } from '#events/domain'
import { fromRecord } from '#events/record'
import { topics } from '#events/topics'
import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog, LogRecord } from '#log/port'
import type { LiveContact } from './urgency.ts'

/** More contacts than an instance can have at once; beyond it those of which least was heard lately are forgotten, and counted. */
const MAX_CONTACTS = 20_000
/** Amazon keeps the segments of a call for a day. */
const KEPT_MS = 24 * 3_600_000
/** A contact that is done is remembered until its wrap-up and its record have come, so that these do not begin it anew. */
const DONE_KEPT_MS = 2 * 3_600_000
const LIMITS = { maxRecords: 1000, maxBytes: 2 * 1024 * 1024 }

/**
 * The contacts of one instance that have an agent, and how lately Contact Lens was heard of each, by what passes through the log:
 * so it does not matter which process reads the streams. Begins at the log's end: heart beats tell within two minutes what goes on.
 */
export interface LiveContacts {
  /** Reads on to the log's end. */
  readOn(): Promise<void>
  all(): Iterable<LiveContact>
}

/** `own`: name of the source that asks the API; what it brought in itself is no news of a stream. */
export function createLiveContacts(
  { instanceId, own }: { instanceId: string; own: string },
  { log, clock, telemetry }: { log: EventLog; clock: Clock; telemetry: Telemetry },
): LiveContacts {
  const contacts = new Map<string, LiveContact>()
  const next = new Map<number, number>()
  let reading: Promise<void> | undefined

  const learn = (record: LogRecord): void => {
    if (record.headers['kind'] === 'contact-lens' && record.headers['source'] === own) return
    const { kind, payload, arrivalTime } = fromRecord(record)
    const news = newsOf(toDomain(kind, payload), arrivalTime)
    if (!news || (news.instanceId !== null && news.instanceId !== instanceId)) return
    // Tasks and e-mails have no words to read, and of an unknown contact without an instance nobody knows whether it is ours.
    const known = contacts.get(news.contactId)
    if (isWordless(news.channel) || (!known && news.instanceId === null)) return
    const contact = known ?? newContact(news.contactId)
    update(contact, news)
    contacts.delete(contact.id)
    contacts.set(contact.id, contact)
    if (contacts.size <= MAX_CONTACTS) return
    contacts.delete(contacts.keys().next().value!)
    telemetry.count('connect_api_contacts_forgotten_total', { source: own })
  }
  const readPartition = async (partition: number): Promise<void> => {
    try {
      for (;;) {
        const from = next.get(partition) ?? (await log.bounds(topics.contacts, partition)).end
        const batch = await log.read(topics.contacts, partition, from, LIMITS)
        for (const record of batch.records) learn(record)
        next.set(partition, batch.next)
        if (batch.records.length === 0) return
      }
    } catch (error) {
      // Retention went past us: go on from what there is, as at the start.
      if (!(error instanceof CallboardError) || error.code !== 'LOG_OFFSET_OUT_OF_RANGE') throw error
      next.delete(partition)
    }
  }
  const readAll = async (): Promise<void> => {
    for (let partition = 0; partition < log.partitionCount; partition++) await readPartition(partition)
    const now = clock.now()
    for (const { id, endedAt, isDone } of contacts.values())
      if (endedAt !== null && now - endedAt > (isDone ? DONE_KEPT_MS : KEPT_MS)) contacts.delete(id)
    telemetry.gauge('connect_api_contacts', { source: own }, contacts.size)
  }

  return {
    readOn: () => (reading ??= readAll().finally(() => (reading = undefined))),
    all: () => contacts.values(),
  }
}

interface News {
  contactId: string
  instanceId: string | null
  channel: string | null
  queueId?: string | undefined
  connectedAt?: number | null
  /** null: it goes on; undefined: it does not say. */
  endedAt?: number | null | undefined
  /** When a stream told of the conversation. */
  heardAt?: number
  isDone?: boolean
}

function newsOf(event: DomainEvent, arrivalTime: number): News | undefined {
  if (event.kind === 'agent-event') return undefined
  const { contactId, instanceId } = event
  if (event.kind === 'contact-lens') {
    if (event.origin === 'rule') return undefined
    const isDone = event.type === 'COMPLETED' || event.type === 'FAILED'
    return { contactId, instanceId, channel: event.channel, heardAt: arrivalTime, isDone }
  }
  if (event.kind === 'observation') {
    if (event.type === 'follow-up') return undefined
    if (event.type === 'gone') return { contactId, instanceId, channel: null, endedAt: event.eventTime }
    const { channel, queue, connectedAt, state, stateStartedAt } = event.contact
    return { contactId, instanceId, channel, queueId: queue?.id, connectedAt, endedAt: state === 'ENDED' ? stateStartedAt : null }
  }
  const connectedAt = event.kind === 'contact-event' ? event.connectedToAgentAt : (event.agent?.connectedAt ?? null)
  const { channel, queue, disconnectedAt } = event
  return { contactId, instanceId, channel, queueId: queue?.id, connectedAt, endedAt: disconnectedAt ?? undefined }
}

function isWordless(channel: string | null): boolean {
  return channel !== null && channel !== 'VOICE' && channel !== 'CHAT'
}

/** In place: whoever reads the contact at the moment holds it. News of one contact come in order. */
function update(contact: LiveContact, { channel, queueId, connectedAt, endedAt, heardAt, isDone }: News): void {
  if (channel === 'VOICE' || channel === 'CHAT') contact.channel = channel
  contact.queueId = queueId ?? contact.queueId
  contact.connectedAt ??= connectedAt ?? null
  if (endedAt !== undefined) contact.endedAt = endedAt
  if (heardAt !== undefined) contact.heardAt = Math.max(contact.heardAt ?? 0, heardAt)
  contact.isDone ||= isDone === true
}

function newContact(id: string): LiveContact {
  return {
    id,
    channel: null,
    queueId: null,
    connectedAt: null,
    endedAt: null,
    heardAt: null,
    isDone: false,
    readAt: null,
    notBefore: 0,
    token: undefined,
    missing: 0,
    outputType: 'Raw',
  }
}
