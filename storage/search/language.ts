import { CallboardError } from '#kernel/errors'
import { wordsOf } from './words.ts'

/**
 * The search language, first version.
 *
 *   query  = clause { clause }                       all clauses must hold, within one turn
 *   clause = [ "-" ] term  |  term { "OR" term }     OR joins its neighbours: a b OR c = a AND (b OR c)
 *   term   = word  |  word "*"  |  "exact phrase"  |  field ":" ( value | "value" )
 *   field  = speaker sentiment            of the turn
 *            channel queue agent          of the contact
 *
 * Words are found whatever their case and whatever stands around them. What is neither is QUERY_INVALID with
 * `details.position`, counted in UTF-16 units from 0.
 */
export interface SearchQuery {
  text: readonly TextClause[]
  fields: readonly FieldClause[]
}

export interface TextTerm {
  kind: 'word' | 'phrase' | 'prefix'
  /** As typed; never empty of letters and digits. */
  text: string
}

/** Holds when one of the terms is in the turn, or, negated, when it is not. */
export interface TextClause {
  negated: boolean
  anyOf: readonly TextTerm[]
}

export const searchFields = ['speaker', 'sentiment', 'channel', 'queue', 'agent'] as const
export type SearchField = (typeof searchFields)[number]

export interface FieldClause {
  negated: boolean
  field: SearchField
  anyOf: readonly string[]
}

export const MAX_QUERY_CHARS = 512
export const MAX_QUERY_TERMS = 32
const MIN_PREFIX_CHARS = 2

/** Values a field takes, as typed and as stored; other fields take any text. */
const fieldValues: Partial<Record<SearchField, Readonly<Record<string, string>>>> = {
  speaker: { customer: 'CUSTOMER', agent: 'AGENT' },
  sentiment: { negative: 'NEGATIVE', neutral: 'NEUTRAL', positive: 'POSITIVE' },
}

type Term = { at: number; negated: boolean } & ({ field: null; text: TextTerm } | { field: SearchField; value: string })
type Token = Term | { at: number; or: true }

const SPACE = /\s/
const FIELD = /^([A-Za-z][A-Za-z_.]*)(:|[<>]=?|=)/
const NOT_YET = /^(category|duration|at|hold|attr\..*)$/

export function parseSearchQuery(input: string): SearchQuery {
  if (input.length > MAX_QUERY_CHARS) throw invalid(MAX_QUERY_CHARS, `is longer than ${MAX_QUERY_CHARS} characters`)
  const tokens = readTokens(input)
  const groups = groupByOr(tokens, input.length)
  if (!groups.some(([first]) => first && !first.negated)) throw invalid(0, 'names nothing to look for, only what to leave out')
  const text: TextClause[] = []
  const fields: FieldClause[] = []
  for (const group of groups) {
    const [first] = group
    if (!first) continue
    const sameKind = group.find((term) => term.field !== first.field)
    if (sameKind) throw invalid(sameKind.at, 'OR joins words with words, or values of one field')
    if (first.field === null)
      text.push({ negated: first.negated, anyOf: group.flatMap((term) => (term.field === null ? [term.text] : [])) })
    else
      fields.push({ negated: first.negated, field: first.field, anyOf: group.flatMap((term) => (term.field === null ? [] : [term.value])) })
  }
  return { text, fields }
}

function readTokens(input: string): Token[] {
  const tokens: Token[] = []
  let terms = 0
  for (let at = 0; at < input.length;) {
    if (SPACE.test(input[at]!)) {
      at++
      continue
    }
    const [token, next] = readToken(input, at)
    if (!('or' in token) && ++terms > MAX_QUERY_TERMS) throw invalid(at, `has more than ${MAX_QUERY_TERMS} terms`)
    tokens.push(token)
    at = next
  }
  if (tokens.length === 0) throw invalid(0, 'is empty')
  return tokens
}

function readToken(input: string, at: number): [Token, number] {
  const negated = input[at] === '-'
  const from = negated ? at + 1 : at
  if (input[from] === '"') {
    const [quoted, next] = readQuoted(input, from)
    return [{ at, negated, field: null, text: { kind: 'phrase', text: requireWords(quoted, from) } }, next]
  }
  const field = FIELD.exec(input.slice(from))
  if (field) return readField(input, at, from, negated, field[1]!, field[2]!)
  const end = endOfBareWord(input, from)
  const bare = input.slice(from, end)
  if (!negated && bare === 'OR') return [{ at, or: true }, end]
  return [{ at, negated, field: null, text: toTextTerm(bare, from) }, end]
}

function readField(input: string, at: number, from: number, negated: boolean, name: string, sign: string): [Token, number] {
  if (NOT_YET.test(name)) throw invalid(from, `uses ${name}, which is not searchable yet`)
  const field = searchFields.find((known) => known === name)
  if (!field) throw invalid(from, `has no field ${name}; fields are ${searchFields.join(', ')}. Put words with a colon in quotes`)
  if (sign !== ':') throw invalid(from + name.length, `compares ${name}, which takes a value after a colon`)
  const start = from + name.length + sign.length
  const [value, next] = input[start] === '"' ? readQuoted(input, start) : bareValue(input, start)
  if (value.trim() === '') throw invalid(start, `gives ${field} no value`)
  const allowed = fieldValues[field]
  if (!allowed) return [{ at, negated, field, value }, next]
  const known = Object.hasOwn(allowed, value.toLowerCase()) ? allowed[value.toLowerCase()] : undefined
  if (known === undefined) throw invalid(start, `gives ${field} a value it does not take; it takes ${Object.keys(allowed).join(', ')}`)
  return [{ at, negated, field, value: known }, next]
}

function readQuoted(input: string, at: number): [string, number] {
  const end = input.indexOf('"', at + 1)
  if (end < 0) throw invalid(at, 'opens a quote that is not closed')
  return [input.slice(at + 1, end), end + 1]
}

function bareValue(input: string, at: number): [string, number] {
  const end = endOfBareWord(input, at)
  return [input.slice(at, end), end]
}

function endOfBareWord(input: string, from: number): number {
  let end = from
  while (end < input.length && !SPACE.test(input[end]!) && input[end] !== '"') end++
  return end
}

function toTextTerm(bare: string, at: number): TextTerm {
  const sign = bare.search(/[()]/)
  if (sign >= 0) throw invalid(at + sign, 'uses parentheses; write OR between words, or put them in quotes')
  const star = bare.indexOf('*')
  if (star < 0) return { kind: wordsIn(bare, at) === 1 ? 'word' : 'phrase', text: bare }
  if (star !== bare.length - 1) throw invalid(at + star, 'has a * that does not end a word')
  const stem = bare.slice(0, -1)
  if (wordsIn(stem, at) !== 1) throw invalid(at, 'has a * after more than one word')
  if (stem.length < MIN_PREFIX_CHARS) throw invalid(at, `has a * after fewer than ${MIN_PREFIX_CHARS} letters`)
  return { kind: 'prefix', text: stem }
}

function wordsIn(text: string, at: number): number {
  const count = wordsOf(text).length
  if (count === 0) throw invalid(at, 'has a term without a letter or digit')
  return count
}

function requireWords(text: string, at: number): string {
  wordsIn(text, at)
  return text
}

function groupByOr(tokens: readonly Token[], length: number): Term[][] {
  const groups: Term[][] = []
  let joined = false
  for (const token of tokens) {
    const last = groups.at(-1)
    if ('or' in token) {
      if (joined || !last) throw invalid(token.at, 'has an OR without a term before it')
      joined = true
    } else if (joined && last) {
      if (token.negated || last.some((term) => term.negated)) throw invalid(token.at, 'has a - beside an OR')
      last.push(token)
      joined = false
    } else groups.push([token])
  }
  if (joined) throw invalid(length, 'ends with OR')
  return groups
}

function invalid(position: number, what: string): CallboardError {
  return new CallboardError('QUERY_INVALID', `The search ${what} (at character ${position + 1}).`, { details: { position } })
}
