/** The process that `restore.ts` kills: as built, the log with the contacts' lane and the door, nothing else. */
import { systemClock } from '#kernel/clock'
import { partitionOf } from '#kernel/partition'
import { silentTelemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import { createIngestDoor } from '#ingest/door'
import { openLmdbLog } from '#log/lmdb/log'
import { createMemoryLog } from '#log/memory'
import { contactsFold } from '#processors/contacts/fold'
import { createFoldLane } from '#processors/runner/lane'

const [role, dir, rowsText, round] = process.argv.slice(2)
const PARTITIONS = 4
const deps = { clock: systemClock, telemetry: silentTelemetry }
const TEMPLATE = 'c0000000'
const idOf = (n) => `c${String(n).padStart(7, '0')}`
const INSTANCE = 'arn:aws:connect:us-east-1:111122223333:instance/10000000-0000-4000-8000-000000000001'

const contactEvent = (contactId, eventType, at, more) => ({
  version: '0',
  id: `eb-${contactId}-${eventType}`,
  'detail-type': 'Amazon Connect Contact Event',
  source: 'aws.connect',
  time: `${new Date(at).toISOString().slice(0, 19)}Z`,
  region: 'us-east-1',
  resources: [INSTANCE],
  detail: { eventType, contactId, channel: 'VOICE', instanceArn: INSTANCE, initiationMethod: 'INBOUND', ...more },
})
const queueInfo = (at) => ({
  queueInfo: { queueArn: `${INSTANCE}/queue/sales`, queueType: 'STANDARD', enqueueTimestamp: new Date(at).toISOString() },
})
const take = (log, payload) =>
  createIngestDoor({ log, ...deps }).take([{ value: payload }], {
    source: 'bench',
    origin: 'bench',
    kind: 'contact-event',
    arrivalTime: Date.now(),
  })
const until = async (probe) => {
  for (let i = 0; i < 20_000; i++) {
    const found = probe()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error('not in time')
}

/** What the fold writes about one queued contact. */
async function template(at) {
  const log = createMemoryLog({ topics: topicSpecs, partitionCount: 1, clock: systemClock })
  const lane = createFoldLane(contactsFold, { log, ...deps })
  await lane.start()
  await take(log, contactEvent(TEMPLATE, 'QUEUED', at, { initiationTimestamp: new Date(at).toISOString(), ...queueInfo(at) }))
  await until(() => [...log.table(topics.rows, 0).scan('')][0])
  await lane.stop()
  const found = [topics.facts, topics.rows, topics.timers].flatMap((topic) =>
    [...log.table(topic, 0).scan('')].map(({ key, value }) => ({ topic, key, text: Buffer.from(value).toString() })),
  )
  const row = found.find(({ topic }) => topic === topics.rows)
  // Some turns beside each contact, as there are in life.
  for (let turn = 0; turn < 5; turn++) found.push({ topic: topics.rows, key: `turn/${TEMPLATE}/t${turn}`, text: row.text })
  return found
}

async function fill() {
  const log = await openLmdbLog({ dir, topics: topicSpecs, partitionCount: PARTITIONS, ...deps })
  const owned = new Set()
  const lane = await log.openLane(
    { name: 'contacts', inputs: [topics.contacts] },
    { assigned: async (p) => void owned.add(p), revoked: async () => {} },
  )
  await until(() => (owned.size === PARTITIONS ? true : undefined))
  const parts = await template(Date.now() - 60_000)
  const contacts = Math.ceil(Number(rowsText) / parts.length)
  let batch = new Map()
  for (let n = 0; n < contacts; n++) {
    const id = idOf(n)
    const partition = partitionOf(id, PARTITIONS)
    const outputs = batch.get(partition) ?? []
    for (const { topic, key, text } of parts)
      outputs.push({ topic, key: key.replaceAll(TEMPLATE, id), value: Buffer.from(text.replaceAll(TEMPLATE, id)), headers: {} })
    batch.set(partition, outputs)
    if (n % 2000 === 1999 || n === contacts - 1) {
      await Promise.all([...batch].map(([partition, outputs]) => lane.commit({ partition, outputs, positions: [] })))
      batch = new Map()
    }
  }
  process.stdout.write(`${JSON.stringify({ contacts, perContact: parts.length })}\n`)
  setTimeout(() => undefined, 60_000)
}

async function open() {
  const steps = { booted: performance.now() }
  const log = await openLmdbLog({ dir, topics: topicSpecs, partitionCount: PARTITIONS, ...deps })
  steps.opened = performance.now()
  const lane = createFoldLane(contactsFold, { log, ...deps })
  await lane.start()
  const id = idOf(7 + Number(round))
  const table = log.table(topics.rows, partitionOf(id, PARTITIONS))
  const rowOf = () => {
    const value = table.get(`contact/${id}`)?.value
    return value ? JSON.parse(Buffer.from(value).toString()) : undefined
  }
  const before = rowOf()
  const at = Date.now()
  await take(
    log,
    contactEvent(id, 'CONNECTED_TO_AGENT', at, {
      agentInfo: { agentArn: `${INSTANCE}/agent/a1`, connectedToAgentTimestamp: new Date(at).toISOString() },
    }),
  )
  steps.eventTaken = performance.now()
  const after = await until(() => {
    const row = rowOf()
    return row?.connectedAt === at ? row : undefined
  })
  steps.totalMs = performance.now()
  // Right: the new event's moment, joined to the stored queue and its time.
  if (
    before.state !== 'queued' ||
    after.state !== 'connected' ||
    after.queue.id !== before.queue.id ||
    after.enqueuedAt !== before.enqueuedAt
  )
    throw new Error(`not the right row: ${JSON.stringify({ before, after })}`)
  process.stdout.write(`${JSON.stringify(steps)}\n`)
  setTimeout(() => undefined, 60_000)
}

await (role === 'fill' ? fill() : open())
