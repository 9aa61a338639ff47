import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Scope } from '#storage/queries/scope'
import { searchTranscripts } from '#storage/queries/search-transcripts'
import { openTestStore, type TestStore } from './harness.ts'
import { contact, T0, turn } from './rows.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
  await test.store.insert('contacts', [
    contact('c1', { initiated_at: T0, queue_name: 'Billing', agent_id: 'agent-1' }),
    contact('c2', { initiated_at: T0 + 60_000, queue_name: 'Suporte Técnico', queue_id: 'queue-2', agent_id: 'agent-2', channel: 'CHAT' }),
    contact('c3', { initiated_at: T0 + 120_000, instance_id: 'instance-2' }),
  ])
  await test.store.insert('segments', [
    turn('c1', 't1', 'I want a refund, and I want my money back!', { sentiment: 'NEGATIVE', begin_offset_ms: 5000 }),
    turn('c1', 't2', 'Back to the money: no refund.', { participant_role: 'AGENT', begin_offset_ms: 9000 }),
    turn('c2', 't1', 'Preciso de uma AÇÃO sobre o “reembolso”—já', { begin_offset_ms: null, said_at: T0 + 61_000 }),
    turn('c2', 't2', 'Die KÜNDIGUNG gilt für die Hauptstrasse; Money-Back, please', { begin_offset_ms: null, said_at: T0 + 62_000 }),
    turn('c3', 't1', 'my card is 4111 1111, refund it'),
    turn('c3', 't1', 'my card is [PII], refund it', { output_type: 'redacted' }),
  ])
})
afterAll(() => test.stop())

const found = async (query: string, over: Partial<Parameters<typeof searchTranscripts>[1]> = {}): Promise<string[]> => {
  const page = await searchTranscripts(test.store, { query, scope: 'all', limit: 50, ...over })
  return page.hits.map((hit) => `${hit.contactId}/${hit.turnId}`)
}

const scope = (over: object): { scope: Scope } => ({ scope: { instanceIds: 'all', queueIds: 'all', agentIds: [], ...over } })

describe('transcript search', () => {
  it.each([
    ['refund', ['c3/t1', 'c1/t1', 'c1/t2']],
    ['REFUND', ['c3/t1', 'c1/t1', 'c1/t2']],
    ['"money back"', ['c2/t2', 'c1/t1']],
    ['money back', ['c2/t2', 'c1/t1', 'c1/t2']],
    ['money-back', ['c2/t2', 'c1/t1']],
    ['"back money"', []],
    ['"MONEY, back!!"', ['c2/t2', 'c1/t1']],
    ['ação', ['c2/t1']],
    ['ac\u0327a\u0303o', ['c2/t1']],
    ['Reembolso', ['c2/t1']],
    ['kündigung', ['c2/t2']],
    ['Hauptstraße', ['c2/t2']],
    ['refund -money', ['c3/t1']],
    ['money -"money back"', ['c1/t2']],
    ['kündigung OR ação', ['c2/t1', 'c2/t2']],
    ['refund money OR card', ['c3/t1', 'c1/t1', 'c1/t2']],
    ['ref*', ['c3/t1', 'c1/t1', 'c1/t2']],
    ['refund speaker:agent', ['c1/t2']],
    ['refund -speaker:agent', ['c3/t1', 'c1/t1']],
    ['refund sentiment:negative', ['c1/t1']],
    ['queue:"suporte técnico"', ['c2/t1', 'c2/t2']],
    ['money queue:queue-1', ['c1/t1', 'c1/t2']],
    ['money agent:agent-2', ['c2/t2']],
    ['money channel:chat', ['c2/t2']],
    ['money -channel:chat', ['c1/t1', 'c1/t2']],
    ['speaker:agent', ['c1/t2']],
  ])('finds for %s what it should', async (query, expected) => {
    expect(await found(query)).toEqual(expected)
  })

  it('shows the redacted copy of a turn and cannot be asked what was redacted', async () => {
    const { hits } = await searchTranscripts(test.store, { query: 'card', scope: 'all', limit: 10 })
    expect(hits.map((hit) => [hit.outputType, hit.text])).toEqual([['redacted', 'my card is [PII], refund it']])
    expect(await found('4111')).toEqual([])
  })

  it('marks the words found, in UTF-16 units of the text', async () => {
    const { hits } = await searchTranscripts(test.store, { query: 'AÇÃO reembolso', scope: 'all', limit: 10 })
    const [hit] = hits
    expect(hit?.highlights.map(([begin, end]) => hit.text.slice(begin, end))).toEqual(['AÇÃO', 'reembolso'])
    expect(hit?.contact.queueName).toBe('Suporte Técnico')
    expect(hit?.saidAt).toBe(T0 + 61_000)
  })

  it('gives every hit once over pages of any size', async () => {
    const everything = await found('money OR refund OR reembolso')
    for (const limit of [1, 2, 3, 4, 5]) {
      const seen: string[] = []
      for (let cursor: string | null = null, pages = 0; pages < 20; pages++) {
        const page = await searchTranscripts(test.store, { query: 'money OR refund OR reembolso', scope: 'all', limit, cursor })
        seen.push(...page.hits.map((hit) => `${hit.contactId}/${hit.turnId}`))
        cursor = page.nextCursor
        if (cursor === null) break
      }
      expect(seen).toEqual(everything)
    }
  })

  it('stays within the scope and the time asked for', async () => {
    expect(await found('refund', scope({ instanceIds: ['instance-2'] }))).toEqual(['c3/t1'])
    expect(await found('money', scope({ queueIds: ['queue-2'] }))).toEqual(['c2/t2'])
    expect(await found('money', scope({ queueIds: [], agentIds: ['agent-1'] }))).toEqual(['c1/t1', 'c1/t2'])
    expect(await found('money', scope({ queueIds: [] }))).toEqual([])
    expect(await found('money', { from: T0 + 1, to: T0 + 60_001 })).toEqual(['c2/t2'])
    expect(await found('money', { to: T0 + 60_000 })).toEqual(['c1/t1', 'c1/t2'])
  })

  it('does not find words of a version that has been replaced', async () => {
    await test.store.insert('contacts', [contact('c9', { initiated_at: T0 - 1 })])
    await test.store.insert('segments', [turn('c9', 't1', 'zebra one')])
    await test.store.insert('segments', [turn('c9', 't1', 'giraffe two', { version: '2' })])
    expect(await found('zebra')).toEqual([])
    expect(await found('giraffe')).toEqual(['c9/t1'])
    await test.store.insert('segments', [turn('c9', 't1', '', { version: '3', is_deleted: 1 })])
    expect(await found('giraffe')).toEqual([])
  })
})
