import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultOf } from '#storage/clickhouse-errors'
import { countOf, openTestStore, TEST_DATABASE, type TestStore } from './harness.ts'
import { turn } from './rows.ts'
import { eventually } from '../../helpers/eventually.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
})
afterAll(() => test.stop())

/** Straight to the engine, as no client of ours would. */
async function post(params: Record<string, string>, body: string | Uint8Array<ArrayBuffer>): Promise<{ status: number; text: string }> {
  const query = new URLSearchParams({ database: TEST_DATABASE, ...params })
  const response = await fetch(`${test.engine.url}/?${query.toString()}`, { method: 'POST', headers: test.engine.headers, body })
  return { status: response.status, text: (await response.text()).trim() }
}

const one = async (sql: string, params = {}): Promise<unknown> => {
  const [row] = await test.store.query<{ v: unknown }>({ name: 'one', sql, params })
  return row?.v
}

/** How many statements run that hold the word "endless". */
const endlessCount = (): Promise<unknown> =>
  one(`SELECT toFloat64(count()) AS v FROM system.processes WHERE position(query, 'endless') > 0 AND position(query, 'processes') = 0`)

describe('the embedded engine over HTTP', () => {
  it('answers nobody without the key', async () => {
    const attempts = [{}, { 'x-callboard-store-key': 'guess' }]
    for (const headers of attempts) {
      for (const path of ['/ping', '/?query=SELECT+1']) {
        const response = await fetch(`${test.engine.url}${path}`, { method: path === '/ping' ? 'GET' : 'POST', headers })
        expect(response.status).toBe(403)
      }
    }
  })

  it('forgets the settings of a request with the request', async () => {
    const ask = "SELECT getSetting('max_block_size')"
    const normal = (await post({}, ask)).text
    expect((await post({ max_block_size: '7' }, ask)).text).toBe('7')
    expect((await post({}, ask)).text).toBe(normal)
    expect((await post({ param_x: '5' }, 'SELECT {x:UInt8}')).text).toBe('5')
    expect((await post({}, 'SELECT {x:UInt8}')).status).toBe(400)
  })

  it('always bounds the time of a statement', async () => {
    expect((await post({}, "SELECT getSetting('max_execution_time')")).text).toBe('60')
    const slow = test.store.query({
      name: 'slow',
      sql: 'SELECT sum(cityHash64(number)) FROM numbers(1e13)',
      params: {},
      limits: { maxSeconds: 0.3 },
    })
    await expect(slow.catch((error: unknown) => faultOf(error))).resolves.toBe('limit')
  })

  it('runs queries side by side', async () => {
    const order: string[] = []
    const slow = post({}, 'SELECT sleep(1.5)').then(() => order.push('slow'))
    await post({}, 'SELECT 1').then(() => order.push('quick'))
    await slow
    expect(order).toEqual(['quick', 'slow'])
  })

  it('takes blank lines, statements and bytes in a body for rows', async () => {
    await test.store.command('CREATE TABLE lines (line String) ENGINE = MergeTree ORDER BY line')
    const evil = '"a"\n\ndrop table segments sync\n\n;drop table lines sync;\n'
    await post({ query: 'INSERT INTO lines FORMAT CSV' }, evil)
    await post({ query: 'INSERT INTO lines FORMAT LineAsString' }, evil)
    expect(await one('SELECT count() > 0 AS v FROM lines')).toBe(1)
    expect(await one("SELECT count() AS v FROM system.tables WHERE database = currentDatabase() AND name IN ('segments', 'lines')")).toBe(
      '2',
    )
    const bytes = Uint8Array.from([3, 0x0a, 0x0a, 0xff])
    expect((await post({ query: 'INSERT INTO lines FORMAT RowBinary' }, bytes)).status).toBe(200)
    expect(await one(`SELECT count() AS v FROM lines WHERE line = unhex('0A0AFF')`)).toBe('1')
  })

  it('refuses settings and query ids that are not plain names', async () => {
    expect((await post({ 'max_threads=1;drop': '1' }, 'SELECT 1')).status).toBe(400)
    expect((await post({ query_id: 'x*/ drop table segments /*' }, 'SELECT 1')).status).toBe(400)
    expect((await post({ max_block_size: "1'; DROP TABLE segments; --" }, 'SELECT 1')).status).toBe(400)
    expect(await countOf(test.store, 'segments')).toBe(0)
  })

  it('stops a statement whose caller went away', async () => {
    const caller = new AbortController()
    const query = test.store.query(
      { name: 'endless', sql: `SELECT sum(cityHash64(number, 'endless')) FROM numbers(1e14)`, params: {}, limits: { maxSeconds: 60 } },
      { signal: caller.signal },
    )
    const outcome = query.catch((error: unknown) => faultOf(error))
    await eventually(async () => (await endlessCount()) === 1)
    caller.abort()
    expect(await outcome).toBe('aborted')
    await eventually(async () => (await endlessCount()) === 0, 'the query is gone', 5_000)
  })

  it('sec.sqli: a bound value comes back as it went, whatever is in it', async () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        "'",
        '\\',
        "\\'",
        '`',
        '"',
        '\0',
        '\n\n',
        "'; DROP TABLE segments; --",
        '{x:String}',
        '\\N',
        'x\tFORMAT CSV',
        '/* */',
      ),
    )
    await fc.assert(
      fc.asyncProperty(nasty, fc.array(nasty, { maxLength: 4 }), async (text, list) => {
        expect(await one('SELECT {text:String} AS v', { text })).toBe(text)
        expect(await one('SELECT {list:Array(String)} AS v', { list })).toEqual(list)
      }),
      { numRuns: 60 },
    )
  })

  it.each([
    "SELECT * FROM file('/etc/hostname', 'LineAsString')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    'SELECT 1; DROP TABLE segments',
    "SELECT 1 INTO OUTFILE '/tmp/callboard-test-outfile'",
    'DROP TABLE segments',
    'SYSTEM SHUTDOWN',
    'SELECT 1 SETTINGS readonly = 0',
    'SET readonly = 0',
  ])('sec.sqli: a read cannot be made to do %s', async (sql) => {
    const refused = test.store.query({ name: 'evil', sql, params: {} })
    await expect(
      refused.then(
        () => 'answered',
        (error: unknown) => faultOf(error),
      ),
    ).resolves.toBe('statement')
    expect(await countOf(test.store, 'segments')).toBe(0)
  })

  it('refuses an answer with more rows than allowed instead of cutting it', async () => {
    const many = test.store.query({ name: 'many', sql: 'SELECT number FROM numbers(1000)', params: {}, limits: { maxResultRows: 999 } })
    await expect(many.catch((error: unknown) => faultOf(error))).resolves.toBe('limit')
  })

  it('stores half a surrogate pair as the replacement character, and the rest of the batch as it is', async () => {
    await test.store.insert('segments', [turn('s1', 't1', 'half \ud83d'), turn('s1', 't2', 'whole \u{1f600} \\ud83d')])
    const rows = await test.store.query<{ text: string }>({ name: 'texts', sql: 'SELECT text FROM segments ORDER BY turn_id', params: {} })
    expect(rows.map((row) => row.text)).toEqual(['half \ufffd', 'whole \u{1f600} \\ud83d'])
  })
})
