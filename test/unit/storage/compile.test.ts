import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inScope } from '#storage/queries/scope'
import { allOf, buildSql } from '#storage/queries/sql'
import { compileSearch } from '#storage/search/compile'
import { parseSearchQuery } from '#storage/search/language'

const compiled = (query: string): { sql: string; params: Record<string, unknown> } => {
  const { turn, candidates, contact } = compileSearch(parseSearchQuery(query))
  return buildSql((bind) => [turn, candidates, contact].map((part) => part?.(bind) ?? 'none').join(' ### '))
}

describe('compiling a search', () => {
  it('sec.sqli: keeps every value out of the statement', () => {
    const word = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !/["\s]/.test(text))
    fc.assert(
      fc.property(word, word, (text, queue) => {
        const query = `needle "z ${text}" queue:"z${queue}"`
        const { sql, params } = compiled(query)
        const plain = compiled('needle "z a" queue:"za"')
        expect(sql).toBe(plain.sql)
        expect(Object.values(params).flat()).toContain(`z ${text}`)
        expect(Object.values(params).flat()).toContain(`z${queue}`)
      }),
    )
  })

  it.each(["x'; DROP TABLE segments; --", 'x UNION SELECT', "x') OR 1=1", "speaker:agent x' FORMAT CSV", 'x {p0:String}', 'x /* */ y;'])(
    'sec.sqli: %s stays a value',
    (query) => {
      let sql: string
      try {
        ;({ sql } = compiled(query))
      } catch (error) {
        expect(error).toMatchObject({ code: 'QUERY_INVALID' })
        return
      }
      expect(sql).not.toMatch(/DROP|UNION|1=1|CSV|\/\*|;/)
    },
  )

  it('asks the word index for what must be there, never for what must not', () => {
    const { sql, params } = compiled('refund -money speaker:agent')
    const [turn, candidates, contact] = sql.split(' ### ')
    expect(turn).toContain('NOT')
    expect(turn).toContain('participant_role')
    expect(candidates).not.toContain('NOT')
    expect(candidates).not.toContain('participant_role')
    expect(contact).toBe('1')
    expect(Object.values(params)).toEqual(['refund', 'money', ['AGENT'], 'refund'])
  })

  it('has no candidates when only fields are asked for', () => {
    expect(compiled('speaker:agent queue:Billing').sql.split(' ### ')[1]).toBe('none')
  })
})

const sqlOf = (scope: Parameters<typeof inScope>[0]): string => buildSql(allOf([inScope(scope, 'r')])).sql

describe('the scope predicate', () => {
  it('is absent only for a scope of everything', () => {
    expect(sqlOf('all')).toBe('1')
    expect(sqlOf({ instanceIds: ['i'], queueIds: ['q'], agentIds: ['a'] })).toBe(
      '((r.instance_id IN {p0:Array(String)}) AND ((r.queue_id IN {p1:Array(String)}) OR (r.agent_id IN {p2:Array(String)})))',
    )
  })

  it('still asks for membership when a list is empty', () => {
    expect(sqlOf({ instanceIds: [], queueIds: [], agentIds: [] })).toContain('r.instance_id IN {p0:Array(String)}')
  })
})
