import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { identityOf } from '#events/identity'
import { composedSample } from '../../helpers/samples.ts'
import { without, withValue } from './change.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const lens = composedSample('contact-lens/composed-voice-segments-utterances-only')
const record = composedSample('contact-records/composed-abandoned-in-queue')
const event = composedSample('contact-events/composed-02-queued')

describe('identityOf', () => {
  it('is the id Amazon gave', () => {
    expect(identityOf('agent-event', composedSample('agent-events/composed-02-available'), sha256)).toBe(
      '80000000-0000-4000-8000-000000000002',
    )
    expect(identityOf('contact-event', event, sha256)).toMatch(/^b0000000-0000-4000-8000-000000000002\/[0-9a-f]{16}$/)
    const other = { ...event, detail: { ...(event['detail'] as object), eventType: 'COMPLETED' } }
    expect(identityOf('contact-event', other, sha256)).not.toBe(identityOf('contact-event', event, sha256))
  })

  it('is the hash of the content where there is none', () => {
    for (const [kind, payload] of [
      ['contact-record', record],
      ['contact-lens', lens],
      ['contact-event', without(event, ['id'])],
      ['contact-event', withValue(event, ['id'], 'x'.repeat(257))],
    ] as const) {
      expect(identityOf(kind, payload, sha256)).toMatch(/^[0-9a-f]{64}$/)
    }
  })

  it('does not depend on the order of keys', () => {
    const turned = Object.fromEntries(Object.entries(record).reverse())
    expect(identityOf('contact-record', turned, sha256)).toBe(identityOf('contact-record', record, sha256))
  })

  // Two messages in one second, the raw and the redacted twin, an utterance sent again with more text.
  it.each([
    ['a field Callboard does not read', record, withValue(record, ['Attributes', 'step'], '2')],
    ['the output type', withValue(lens, ['OutputType'], 'Raw'), withValue(lens, ['OutputType'], 'Redacted')],
    ['the text of an utterance', lens, withValue(lens, ['Segments', 0, 'Utterance', 'PartialContent'], 'I want to cancel it')],
  ])('dup.not-a-duplicate: differs with %s', (_, a, b) => {
    expect(identityOf('contact-lens', a, sha256)).not.toBe(identityOf('contact-lens', b, sha256))
  })
})
