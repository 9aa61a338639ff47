import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { compareNewestFirst, compareText, decodeCursor, encodeCursor, pageInMemory, timeKeySchema, type TimeKey } from '#api/http/paging'
import { toProblem } from '#api/http/problems'
import { isAllowedOrigin, isLoopbackHost } from '#api/http/security'
import { refusalOf } from '#kernel/node/webhook-target'
import { problemSchema } from '#contracts/public'
import { CallboardError, errorTable, type ErrorCode } from '#kernel/errors'

describe('origins', () => {
  it.each([
    ['http://localhost:8080', 'localhost:8080', true],
    ['https://board.example.com', 'board.example.com', true],
    ['https://other.example.com', 'board.example.com', true],
    ['http://other.example.com', 'board.example.com', false],
    ['http://localhost:8080.evil.example', 'localhost:8080', false],
    ['http://evil.example', 'localhost:8080', false],
    ['null', 'localhost:8080', false],
    ['http://', '', false],
    ['http://a b', 'a b', false],
    ['', undefined, false],
  ])('%s at %s: %s', (origin, host, allowed) => {
    expect(isAllowedOrigin(origin, host, ['https://other.example.com'])).toBe(allowed)
  })

  it.each([
    ['localhost', true],
    ['LOCALHOST:8080', true],
    ['127.0.0.1:1', true],
    ['127.9.9.9', true],
    ['[::1]:80', true],
    ['a.localhost', true],
    ['evil.example', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example', false],
    ['0.0.0.0', false],
    ['', false],
  ])('host %s is this machine: %s', (host, expected) => {
    expect(isLoopbackHost(host)).toBe(expected)
  })
})

describe('problem documents', () => {
  it('exist for every code of the table', () => {
    for (const code of Object.keys(errorTable) as ErrorCode[]) {
      const problem = problemSchema.parse(toProblem(new CallboardError(code, 'why')))
      expect(problem).toMatchObject({ code, status: errorTable[code].status })
      expect(problem.instance !== undefined).toBe(problem.status >= 500)
    }
  })

  it('tell a query that costs too much from a fault of ours', () => {
    const stopped = new CallboardError('STORE_REJECTED', 'memory limit', { details: { fault: 'limit' } })
    expect(toProblem(stopped)).toMatchObject({ status: 400, code: 'QUERY_INVALID' })
    expect(toProblem(Object.assign(new Error('odd header'), { code: 'FST_NEW', statusCode: 431 })).code).toBe('REQUEST_INVALID')
  })

  it('say nothing about what went wrong inside', () => {
    for (const error of [
      new Error('password=1'),
      'password=1',
      undefined,
      new CallboardError('STORE_REJECTED', 'password=1'),
      { code: 'password=1' },
    ]) {
      const problem = toProblem(error)
      expect(problem.status).toBe(500)
      expect(JSON.stringify(problem)).not.toContain('password')
    }
  })
})

describe('pages', () => {
  it('give every item once, in order, whatever the limit', () => {
    const items = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.string()), {
      selector: (t) => JSON.stringify(t),
      maxLength: 20,
    })
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 7 }), (all, limit) => {
        const seen: TimeKey[] = []
        let cursor: string | undefined
        do {
          const page = pageInMemory(all, { limit, after: decodeCursor(cursor, timeKeySchema) }, (item) => item, compareNewestFirst)
          expect(page.items.length).toBeLessThanOrEqual(limit)
          seen.push(...page.items)
          cursor = page.nextCursor ?? undefined
        } while (cursor !== undefined)
        expect(seen).toEqual(all.toSorted(compareNewestFirst))
      }),
      { numRuns: 100 },
    )
  })

  it('stay right while items come and go', () => {
    const first = pageInMemory(['a', 'c', 'e'], { limit: 2, after: undefined }, (x) => x, compareText)
    const after = decodeCursor(first.nextCursor ?? undefined, z.string())
    expect(pageInMemory(['a', 'b', 'd', 'e'], { limit: 2, after }, (x) => x, compareText)).toEqual({ items: ['d', 'e'], nextCursor: null })
  })

  it('refuse cursors of other lists', () => {
    expect(decodeCursor(encodeCursor([1, 'a']), timeKeySchema)).toEqual([1, 'a'])
    for (const cursor of ['', '%', encodeCursor('a'), encodeCursor([1]), encodeCursor([1e300, 'a']), encodeCursor({ a: [[[[[1]]]]] })])
      expect(() => decodeCursor(cursor, timeKeySchema)).toThrow('cursor')
  })
})

describe('webhook addresses', () => {
  const allow = ['10.0.0.5:9000', 'hooks.corp.internal:443', 'localhost:3000']
  it.each([
    'https://hooks.example.com/a?b=c',
    'https://hooks.example.com:443/',
    'https://8.8.8.8/',
    'https://[2606:4700:4700::1111]/',
    'http://10.0.0.5:9000/',
    'https://hooks.corp.internal/x',
    'http://localhost:3000/',
  ])('%s is taken', (url) => {
    expect(refusalOf(url, allow)).toBeUndefined()
  })

  it.each([
    'http://hooks.example.com/',
    'https://hooks.example.com:8443/',
    'ftp://hooks.example.com/',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://foo.localhost/',
    'https://printer.local/',
    'https://db.internal/',
    'https://intranet/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://017700000001/',
    'https://10.0.0.5/',
    'https://10.0.0.5:9001/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://0.0.0.0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://[64:ff9b::a00:1]/',
    'https://user:pw@hooks.example.com/',
    'https://hooks.example.com/#x',
    'nonsense',
  ])('%s is refused', (url) => {
    expect(refusalOf(url, allow)).toBeTypeOf('string')
  })
})
