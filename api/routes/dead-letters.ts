import { z } from 'zod'
import { topics } from '#events/topics'
import type { EventLog, LogRecord } from '#log/port'
import { answers, type RouteContext, type ZodApp } from '../context.ts'
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
})
/** Per partition, where this page's records began: the next page ends there. */
const cursorSchema = z.array(z.int().min(0)).max(4096)

export function addDeadLetterRoutes(app: ZodApp, { log }: RouteContext): void {
  app.get(
    '/dead-letters',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'What could not be taken in, newest first',
        tags: ['dead letters'],
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(deadLetterSchema) }),
      },
    },
    async ({ query }) => newestDeadLetters(log, query.limit, decodeCursor(query.cursor, cursorSchema)),
  )
}

async function newestDeadLetters(
  log: EventLog,
  limit: number,
  before: readonly number[] | undefined,
): Promise<z.infer<ReturnType<typeof pageOf<typeof deadLetterSchema>>>> {
  const starts: number[] = []
  const ends: number[] = []
  const found: LogRecord[] = []
  for (let partition = 0; partition < log.partitionCount; partition++) {
    const { start, end } = await log.bounds(topics.deadLetters, partition)
    const until = Math.max(start, Math.min(end, before?.[partition] ?? end))
    starts.push(start)
    ends.push(until)
    found.push(...(await readBack(log, partition, Math.max(start, until - limit), until)))
  }
  found.sort((a, b) => b.ingestTime - a.ingestTime || b.partition - a.partition || b.offset - a.offset)
  const items = found.slice(0, limit)
  for (const { partition, offset } of items) ends[partition] = Math.min(ends[partition]!, offset)
  const hasMore = ends.some((end, partition) => end > starts[partition]!)
  return { items: items.map(toPublicDeadLetter), nextCursor: hasMore ? encodeCursor(ends) : null }
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

function toPublicDeadLetter({ partition, offset, key, ingestTime, headers }: LogRecord): z.infer<typeof deadLetterSchema> {
  return {
    id: `${partition}-${offset}`,
    source: headers['source'] ?? key,
    time: iso(ingestTime),
    kind: headers['kind'] ?? null,
    reason: headers['reason'] ?? 'unknown',
    message: headers['message'] ?? '',
    origin: headers['origin'] ?? null,
    bytes: Number(headers['fullBytes'] ?? headers['bytes'] ?? 0),
  }
}
