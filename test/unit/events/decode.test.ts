import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePayload, toDomain } from '#events/decode'
import { kindsByPath } from '#events/envelope'
import { observationsOf } from '#events/observations'
import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { composedSample, loadSamples } from '../../helpers/samples.ts'
import { withValue } from './change.ts'

const { samples } = loadSamples()
const agentEvent = composedSample('agent-events/composed-04-connected')
const expectations = [...Object.values(kindsByPath), 'any'] as const

describe('decodePayload', () => {
  it('refuses a payload of another kind and says which it is', () => {
    expect(decodePayload(agentEvent, 'contact-record')).toEqual({
      ok: false,
      reason: 'wrong-kind',
      message: 'looks like agent-event, expected contact-record',
    })
  })

  it('names the detail type of an EventBridge event it does not read', () => {
    const payload = { 'detail-type': 'Metrics Rules Matched', detail: {}, id: 'x' }
    for (const expected of ['any', 'contact-event'] as const) {
      expect(decodePayload(payload, expected)).toMatchObject({
        ok: false,
        reason: 'unknown-shape',
        message: expect.stringContaining('Metrics Rules Matched'),
      })
    }
  })

  it('says what is missing when the kind is given and the payload is empty', () => {
    expect(decodePayload({}, 'any')).toMatchObject({ ok: false, reason: 'unknown-shape' })
    expect(decodePayload({}, 'agent-event')).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining('AgentARN') })
    expect(decodePayload({}, 'contact-record')).toMatchObject({ ok: false, reason: 'no-contact-id' })
    expect(decodePayload({ ContactId: 'c' }, 'contact-lens')).toMatchObject({
      ok: false,
      reason: 'schema',
      message: expect.stringContaining('EventType'),
    })
  })

  it('reads what an SNS notification carries, and keeps that', () => {
    const decoded = decodePayload({ Type: 'Notification', MessageId: 'm', Message: JSON.stringify(agentEvent) }, 'any')
    expect(decoded).toEqual(decodePayload(agentEvent, 'any'))
    expect(decoded.ok && decoded.payload).toEqual(agentEvent)
  })

  it.each([
    ['no json', 'invalid-json'],
    ['[1]', 'not-an-object'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too-deep'],
    ['{"__proto__":1}', 'forbidden-key'],
  ])('refuses a notification around %s', (Message, reason) => {
    expect(decodePayload({ Type: 'Notification', Message }, 'any')).toMatchObject({ ok: false, reason })
  })

  it('shows five faults at most', () => {
    const decoded = decodePayload(
      { AgentARN: 1, EventType: 1, EventId: 1, EventTimestamp: 1, InstanceARN: 1, CurrentAgentSnapshot: 1 },
      'any',
    )
    expect(decoded.ok ? '' : decoded.message).toMatch(/; and 1 more$/)
  })

  it('never throws on arbitrary JSON', () => {
    const key = fc.oneof(
      fc.constantFrom('detail-type', 'detail', 'ContactId', 'EventType', 'Segments', 'AgentARN', 'toString', 'constructor'),
      fc.string(),
    )
    const { object } = fc.letrec<{ json: Json; object: JsonObject }>((tie) => ({
      json: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('json')),
        tie('object'),
      ),
      object: fc.dictionary(key, tie('json')),
    }))
    fc.assert(
      fc.property(object, fc.constantFrom(...expectations), (payload, expected) => settle(payload, expected)),
      { numRuns: 500 },
    )
  })

  it('never throws on samples with a value changed, and reads back what it accepts', () => {
    const change = fc.record({
      sample: fc.constantFrom(...samples),
      at: fc.nat(),
      value: fc.oneof(
        fc.constantFrom<Json>(
          null,
          '',
          'x',
          0,
          -1,
          1e300,
          true,
          [],
          {},
          [null],
          [[]],
          [{}],
          '2025-03-03T08:00:00Z',
          '1970-01-01T00:00:00.001Z',
        ),
        fc.constantFrom<Json>({ toString: 1, valueOf: 1 }, nested(60), { constructor: 1, hasOwnProperty: null }),
      ),
    })
    fc.assert(
      fc.property(change, fc.constantFrom(...expectations), ({ sample, at, value }, expected) => {
        const paths = pathsOf(sample.payload)
        settle(withValue(sample.payload, paths[at % paths.length] ?? [], value), expected)
      }),
      { numRuns: 3000 },
    )
  })

  it('reads 64 levels of nesting', () => {
    const payload = withValue(agentEvent, ['Deep'], nested(62))
    expect(decodePayload(payload, 'any').ok).toBe(true)
  })
})

function settle(payload: JsonObject, expected: (typeof expectations)[number]): void {
  const decoded = decodePayload(payload, expected)
  if (!decoded.ok) {
    expect(decoded.message.length).toBeLessThan(2000)
    return
  }
  expect(decoded.key.length).toBeGreaterThan(0)
  expect(decoded.eventTime === null || Number.isFinite(decoded.eventTime)).toBe(true)
  expect(toDomain(decoded.kind, decoded.payload)).toEqual(decoded.event)
  // What is kept passes through JSON text.
  expect(JSON.parse(JSON.stringify(decoded.event))).toEqual(decoded.event)
  for (const { observation } of observationsOf(decoded.event, 'e')) {
    expect(toDomain('observation', JSON.parse(JSON.stringify(observation)) as JsonObject)).toEqual(observation)
  }
}

function nested(levels: number): Json {
  let value: Json = 1
  for (let i = 0; i < levels; i++) value = i % 2 === 0 ? [value] : { a: value }
  return value
}

function pathsOf(value: Json, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) return [path, ...value.flatMap((member, i) => pathsOf(member, [...path, i]))].filter((p) => p.length > 0)
  if (!isJsonObject(value)) return [path]
  return [path, ...Object.entries(value).flatMap(([key, member]) => pathsOf(member, [...path, key]))].filter((p) => p.length > 0)
}
