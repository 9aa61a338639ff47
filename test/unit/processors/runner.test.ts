import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { toKeyPart } from '#kernel/key-part'
import { silentTelemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import { toRecord } from '#events/record'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import type { Component } from '#kernel/lifecycle'
import { contactsFold } from '#processors/contacts/fold'
import type { Fold } from '#processors/runner/fold'
import { createFoldLane } from '#processors/runner/lane'
import { contactEvent } from '../../helpers/wire.ts'
import { eventually } from '../../helpers/eventually.ts'

const now = Date.UTC(2026, 2, 2, 12)
let lane: Component | undefined
let log: EventLog
afterEach(async () => {
  await lane?.stop()
  await log.close()
})

async function run(fold: Fold, ids: readonly string[], maxRecordBytes?: number): Promise<void> {
  const clock = createManualClock(now)
  log = createMemoryLog({ topics: topicSpecs, partitionCount: 1, clock, ...(maxRecordBytes === undefined ? {} : { maxRecordBytes }) })
  const iso = new Date(now).toISOString()
  const entries = ids.map((id) =>
    toRecord({
      id,
      kind: 'contact-event',
      key: id,
      eventTime: now,
      arrivalTime: now,
      source: 't',
      payload: contactEvent({ contactId: id, eventType: 'QUEUED', at: iso, enqueued: iso }),
    }),
  )
  await log.append(topics.contacts, entries)
  lane = createFoldLane(fold, { log, clock, telemetry: silentTelemetry })
  await lane.start()
  // Failures wait before they are tried again; time moves while we wait.
  await eventually(async () => {
    clock.advance(1000)
    const probe = await log.openLane({ name: fold.name, inputs: [topics.contacts] }, { assigned: async () => {}, revoked: async () => {} })
    const position = await probe.position(topics.contacts, 0)
    await probe.close()
    return position === ids.length
  }, 'all records are folded or set aside')
}
const rowIds = (): string[] => [...log.table(topics.rows, 0).scan('contact/')].map((r) => r.key)
const dead = async () => (await log.read(topics.deadLetters, 0, 0, { maxRecords: 100, maxBytes: 1e9 })).records

describe('poison.handler', () => {
  it('a record that throws is set aside after three tries, and its neighbours are folded', async () => {
    const seen: string[] = []
    const fold: Fold = {
      ...contactsFold,
      factsOf(taken, facts, context) {
        seen.push(taken.envelope.id)
        if (taken.envelope.id === 'bad') throw new Error('cannot')
        return contactsFold.factsOf(taken, facts, context)
      },
    }
    await run(fold, ['a', 'bad', 'b', 'c'])
    expect(rowIds()).toEqual(['contact/a', 'contact/b', 'contact/c'])
    expect(seen.filter((id) => id === 'bad')).toHaveLength(3)
    expect((await dead()).map((d) => [d.headers['reason'], d.headers['message'], d.headers['id'], d.headers['origin']])).toEqual([
      ['fold-failed', 'cannot', 'bad', 'lane:contacts:0:1'],
    ])
  })

  it('so is a record whose outputs the log will never take', async () => {
    const fold: Fold = {
      ...contactsFold,
      derive: (entity, facts, before, context) =>
        contactsFold
          .derive(entity, facts, before, context)
          .map((o) => (entity === 'huge' ? { ...o, value: { text: 'x'.repeat(5000) } } : o)),
    }
    await run(fold, ['a', 'huge', 'b'], 4000)
    expect(rowIds()).toEqual(['contact/a', 'contact/b'])
    expect((await dead()).map((d) => d.headers['id'])).toEqual(['huge'])
  })
})

describe('faults of the log', () => {
  it('are never blamed on the records that were being folded', async () => {
    let faults = 5
    const fold: Fold = {
      ...contactsFold,
      factsOf(taken, facts, context) {
        if (faults-- > 0) throw new CallboardError('LOG_UNAVAILABLE', 'disk full', { retryable: true })
        return contactsFold.factsOf(taken, facts, context)
      },
    }
    await run(fold, ['a', 'b'])
    expect(rowIds()).toEqual(['contact/a', 'contact/b'])
    expect(await dead()).toEqual([])
  })
})

describe('a part of a key', () => {
  it('is bounded, divides nowhere, and tells different texts apart', () => {
    const texts = ['a/b', 'a b', 'ação', '\ud800', 'x'.repeat(500), `${'x'.repeat(499)}y`, '😀'.repeat(128)]
    const parts = texts.map(toKeyPart)
    expect(new Set(parts).size).toBe(texts.length)
    expect(parts.every((part) => part.length <= 240 && !part.includes('/'))).toBe(true)
  })
})
