import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { searchTranscripts } from '#storage/queries/search-transcripts'
import { openTestStore, type TestStore } from './harness.ts'
import { T0 } from './rows.ts'

const CONTACTS = 30_000
let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
  const params = { at: T0, count: CONTACTS }
  const id = `concat('c', leftPad(toString(number), 6, '0'))`
  await test.store.command(
    `INSERT INTO contacts (contact_id, instance_id, queue_id, state, initiated_at, first_event_at, last_event_at, version)
     SELECT ${id}, 'instance-1', if(number % 2 = 0, 'even', 'odd'), 'ended', fromUnixTimestamp64Milli({at:Int64} + toInt64(number) * 1000, 'UTC') AS t, t, t, 1
     FROM numbers({count:UInt64})`,
    { params },
  )
  await test.store.command(
    `INSERT INTO segments (contact_id, turn_id, output_type, participant_role, text, begin_offset_ms, version)
     SELECT ${id}, 't1', 'raw', if(number % 500 = 0, 'AGENT', 'CUSTOMER'), if(number % 1000 = 0, 'common seldom', 'common word'), 0, 1 FROM numbers({count:UInt64})`,
    { params },
  )
})
afterAll(() => test.stop())

/** Contact numbers of the hits, over pages until the end or until there are `atMost`. */
async function numbersOf(query: string, limit: number, atMost: number, over: object = {}): Promise<number[]> {
  const numbers: number[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof searchTranscripts>> = await searchTranscripts(test.store, {
      query,
      scope: 'all',
      limit,
      cursor,
      ...over,
    })
    numbers.push(...page.hits.map((hit) => Number(hit.contactId.slice(1))))
    cursor = page.nextCursor
  } while (cursor !== null && numbers.length < atMost)
  return numbers
}

/** Numbers below CONTACTS that are a multiple of `step`, greatest first. */
const multiples = (step: number): number[] => Array.from({ length: CONTACTS / step }, (_, i) => CONTACTS - step * (i + 1))

describe('search for words that nearly every turn has', () => {
  it('gives the newest contacts, page after page', async () => {
    const newest = Array.from({ length: 250 }, (_, i) => CONTACTS - 1 - i)
    expect((await numbersOf('common', 100, 250)).slice(0, 250)).toEqual(newest)
    expect((await numbersOf('common', 7, 70)).slice(0, 70)).toEqual(newest.slice(0, 70))
  })

  it('finds the few among them that another condition leaves, each once, to the end', async () => {
    expect(await numbersOf('common speaker:agent', 50, CONTACTS)).toEqual(multiples(500))
    expect(await numbersOf('speaker:agent', 9, CONTACTS)).toEqual(multiples(500))
    expect(await numbersOf('seldom', 50, CONTACTS)).toEqual(multiples(1000))
    expect(await numbersOf('common -word', 50, CONTACTS)).toEqual(multiples(1000))
  })

  it('stays within the scope', async () => {
    const scope = { instanceIds: ['instance-1'], queueIds: ['odd'], agentIds: [] }
    expect((await numbersOf('common', 50, 50, { scope })).every((n) => n % 2 === 1)).toBe(true)
    expect(await numbersOf('common speaker:agent', 50, CONTACTS, { scope })).toEqual([])
  })
})
