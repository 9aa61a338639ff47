import { z } from 'zod'
import { topics } from '#events/topics'
import { CallboardError } from '#kernel/errors'
import { decodeUtf8 } from '#kernel/json'
import { partitionOf } from '#kernel/partition'
import type { EventLog, LogRecord } from '#log/port'
import { answers, idParams, type RouteContext, type ZodApp } from '../context.ts'
import { decodeCursor, encodeCursor, pageOf, pageQuery } from '../http/paging.ts'
import { iso } from '../present.ts'

const deadLetterSchema = z.object({
  id: z.string().describe('partition-offset'),
  source: z.string(),
  time: z.iso.datetime().describe('When it was set aside'),
  kind: z.string().nullable(),
  reason: z.string(),
  message: z.string(),
  origin: z.string().nullable().describe('Place within the source'),
  bytes: z.number(),
  redrivenAt: z.iso.datetime().nullable().describe('When it was taken in again'),
})
const wholeLetterSchema = deadLetterSchema.extend({
  text: z.string().nullable().describe('The message; null when it is not UTF-8'),
  base64: z.string().nullable().describe('Its bytes when it is not UTF-8'),
  truncated: z.boolean().describe('Only the beginning of a long message is kept'),
  headers: z.record(z.string(), z.string()),
})
type DeadLetter = z.infer<typeof deadLetterSchema>

/** Per partition, where this page's records began: the next page ends there. */
const cursorSchema = z.array(z.int().min(0)).max(4096)
const filterQuery = { reason: z.string().max(64).optional(), source: z.string().max(256).optional() }
/** Records looked at for one page, so that a rare reason does not read everything; the cursor leads on. */
const MAX_SCANNED = 5_000

export function addDeadLetterRoutes(app: ZodApp, { log }: RouteContext): void {
  app.get(
    '/dead-letters',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'What could not be taken in, newest first',
        tags: ['dead letters'],
        querystring: z.strictObject({ ...pageQuery, ...filterQuery }),
        response: answers({ 200: pageOf(deadLetterSchema) }),
      },
    },
    async ({ query }) => {
      const isWanted = (letter: DeadLetter): boolean =>
        (query.reason === undefined || letter.reason === query.reason) && (query.source === undefined || letter.source === query.source)
      let before = decodeCursor(query.cursor, cursorSchema)
      const items: DeadLetter[] = []
      for (let scanned = 0; ;) {
        const page = await newestDeadLetters(log, query.limit, before)
        const wanted = page.items.filter(isWanted)
        const room = query.limit - items.length
        if (wanted.length > room) {
          // The page is cut inside: the next one begins below its last item.
          items.push(...wanted.slice(0, room))
          return { items, nextCursor: encodeCursor(below(items, page.before)) }
        }
        items.push(...wanted)
        scanned += page.items.length
        before = page.after
        if (!page.hasMore) return { items, nextCursor: null }
        if (items.length === query.limit || scanned >= MAX_SCANNED) return { items, nextCursor: encodeCursor(before) }
      }
    },
  )
  app.get(
    '/dead-letters/:id',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'One dead letter with its bytes',
        tags: ['dead letters'],
        params: idParams,
        response: answers({ 200: wholeLetterSchema }),
      },
    },
    async ({ params }) => {
      const record = await readLetter(log, params.id)
      const bytes = record.value ?? new Uint8Array()
      const text = decodeUtf8(bytes)
      return {
        ...toPublicDeadLetter(log, record, bytes.length),
        text: text ?? null,
        base64: text === undefined ? Buffer.from(bytes).toString('base64') : null,
        truncated: record.headers['fullBytes'] !== undefined,
        headers: record.headers,
      }
    },
  )
}

async function readLetter(log: EventLog, id: string): Promise<LogRecord> {
  const [, partition = 0, offset = 0] = /^(\d{1,5})-(\d{1,15})$/.exec(id)?.map(Number) ?? [0, Number.NaN, 0]
  if (partition < log.partitionCount) {
    const { start, end } = await log.bounds(topics.deadLetters, partition)
    if (offset >= start && offset < end) {
      const { records } = await log.read(topics.deadLetters, partition, offset, { maxRecords: 1, maxBytes: 1 })
      if (records[0]?.offset === offset) return records[0]
    }
  }
  throw new CallboardError('NOT_FOUND', `there is no dead letter ${id}; it may have left by age`)
}

/** `before`: where each partition's part of this page ended; `after`: where the next page's ends. */
interface Page {
  items: DeadLetter[]
  before: number[]
  after: number[]
  hasMore: boolean
}

async function newestDeadLetters(log: EventLog, limit: number, until: readonly number[] | undefined): Promise<Page> {
  const starts: number[] = []
  const before: number[] = []
  const found: LogRecord[] = []
  for (let partition = 0; partition < log.partitionCount; partition++) {
    const { start, end } = await log.bounds(topics.deadLetters, partition)
    const last = Math.max(start, Math.min(end, until?.[partition] ?? end))
    starts.push(start)
    before.push(last)
    found.push(...(await readBack(log, partition, Math.max(start, last - limit), last)))
  }
  found.sort((a, b) => b.ingestTime - a.ingestTime || b.partition - a.partition || b.offset - a.offset)
  const items = found.slice(0, limit).map((record) => toPublicDeadLetter(log, record, Number(record.headers['bytes'] ?? 0)))
  const after = below(items, before)
  return { items, before, after, hasMore: after.some((end, partition) => end > starts[partition]!) }
}

/** The ends of `before`, moved down to the oldest of `items` in each partition. */
function below(items: readonly DeadLetter[], before: readonly number[]): number[] {
  const ends = [...before]
  for (const { id } of items) {
    const [partition = 0, offset = 0] = id.split('-').map(Number)
    ends[partition] = Math.min(ends[partition]!, offset)
  }
  return ends
}

/** Records of [from, until); a dead letter can be a megabyte, so a read may need several steps. */
async function readBack(log: EventLog, partition: number, from: number, until: number): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  for (let next = from; next < until;) {
    const batch = await log.read(topics.deadLetters, partition, next, { maxRecords: until - next, maxBytes: 4 * 1024 * 1024 })
    for (const record of batch.records)
      if (record.offset < until)
        records.push({ ...record, value: null, headers: { ...record.headers, bytes: String(record.value?.length ?? 0) } })
    if (batch.next === next) break
    next = batch.next
  }
  return records
}

function toPublicDeadLetter(log: EventLog, { partition, offset, key, ingestTime, headers }: LogRecord, bytes: number): DeadLetter {
  const id = `${partition}-${offset}`
  const mark = log.table(topics.redrives, partitionOf(id, log.partitionCount)).get(id)
  return {
    id,
    source: headers['source'] ?? key,
    time: iso(ingestTime),
    kind: headers['kind'] ?? null,
    reason: headers['reason'] ?? 'unknown',
    message: headers['message'] ?? '',
    origin: headers['origin'] ?? null,
    bytes: Number(headers['fullBytes'] ?? bytes),
    redrivenAt: mark ? iso(mark.ingestTime) : null,
  }
}
