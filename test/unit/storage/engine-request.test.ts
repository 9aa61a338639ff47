import { describe, expect, it } from 'vitest'
import { formatOf, insertFromFile, parseStatementRequest, refuseFiles, sessionSetup } from '#storage/embedded/request'

const parse = (params: Record<string, string>): ReturnType<typeof parseStatementRequest> =>
  parseStatementRequest(new URLSearchParams(params))

describe('a request to the embedded engine', () => {
  it('sets readonly after everything else, since nothing can be set after it', () => {
    expect(parse({ readonly: '1', max_threads: '2', param_x: 'y' }).settings.map(([name]) => name)).toEqual([
      'max_threads',
      'param_x',
      'readonly',
    ])
  })

  it('quotes values and the database in the statements that prepare the session', () => {
    const request = parse({ database: 'a`b\\', max_threads: "1'; DROP TABLE x; --" })
    expect(sessionSetup(request, 60).split(';SET ')).toEqual([
      'USE `a\\`b\\\\`',
      "max_execution_time = '60'",
      "max_threads = '1\\'; DROP TABLE x; --'",
    ])
  })

  it.each([{ 'max threads': '1' }, { '': '1' }, { 'a;b': '1' }, { query_id: '*/ x' }, { query_id: 'x'.repeat(65) }])(
    'refuses %o',
    (params) => {
      expect(() => parse(params)).toThrow()
    },
  )

  it('reads the rows of an INSERT from the file, and only when there are rows to come', () => {
    expect(parse({ query: 'INSERT INTO t (a) FORMAT JSONEachRow' }).hasRows).toBe(true)
    expect(parse({ query: 'INSERT INTO t SELECT 1' }).hasRows).toBe(false)
    expect(parse({}).hasRows).toBe(false)
    expect(insertFromFile('INSERT INTO t (a) FORMAT JSONEachRow', "/d/it's")).toBe(
      String.raw`INSERT INTO t (a) FROM INFILE '/d/it\'s' FORMAT JSONEachRow`,
    )
    expect(insertFromFile('INSERT INTO t FORMAT CSV\n', '/d/$&')).toBe("INSERT INTO t FROM INFILE '/d/$&' FORMAT CSV")
  })

  it('refuses statements that name files', () => {
    for (const sql of ["SELECT 1 INTO/**/OUTFILE 'x'", "insert into t from infile 'x' format CSV"])
      expect(() => refuseFiles(sql)).toThrow('files')
    expect(refuseFiles('SELECT 1')).toBe('SELECT 1')
  })

  it('takes the format from the statement before the default', () => {
    expect(formatOf('SELECT 1\nFORMAT JSONEachRow', 'CSV')).toBe('JSONEachRow')
    expect(formatOf('SELECT 1', 'CSV')).toBe('CSV')
  })
})
