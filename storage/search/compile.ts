import { allOf, anyOf, isOneOf, type Sql } from '../queries/sql.ts'
import type { FieldClause, SearchQuery, TextClause, TextTerm } from './language.ts'
import { foldedSql } from './words.ts'

/** A search as conditions. Values only ever appear as bound parameters. */
export interface CompiledSearch {
  /** On `s`: holds for a turn that is a hit. */
  turn: Sql
  /** On `s`, answered from the word index: holds for every version of every turn that can be a hit, and for some more. Undefined: no words asked for. */
  candidates: Sql | undefined
  /** On `r`: holds for the contact. */
  contact: Sql
}

export function compileSearch(query: SearchQuery): CompiledSearch {
  const positive = query.text.filter((clause) => !clause.negated)
  const ofTurn = query.fields.filter(({ field }) => field === 'speaker' || field === 'sentiment')
  const ofContact = query.fields.filter((clause) => !ofTurn.includes(clause))
  return {
    turn: allOf([...query.text.map(textCondition), ...ofTurn.map(fieldCondition)]),
    candidates: positive.length === 0 ? undefined : allOf(positive.map(textCondition)),
    contact: allOf(ofContact.map(fieldCondition)),
  }
}

function textCondition({ negated, anyOf: terms }: TextClause): Sql {
  return maybeNot(negated, anyOf(terms.map(termCondition)))
}

function termCondition({ kind, text }: TextTerm): Sql {
  return (bind) => {
    const folded = foldedSql(bind('String', text))
    if (kind === 'word') return `hasAllTokens(s.words, ${folded})`
    if (kind === 'phrase') return `hasPhrase(s.words, ${folded})`
    // The index has no prefixes: this reads the words of whatever the other conditions leave.
    return `position(concat(' ', s.words), concat(' ', ${folded})) > 0`
  }
}

function fieldCondition({ negated, field, anyOf: values }: FieldClause): Sql {
  return maybeNot(negated, fieldIs(field, values))
}

function fieldIs(field: FieldClause['field'], values: readonly string[]): Sql {
  if (field === 'speaker') return isOneOf('s.participant_role', values)!
  if (field === 'sentiment') return isOneOf('s.sentiment', values)!
  if (field === 'agent') return isOneOf('r.agent_id', values)!
  if (field === 'channel')
    return isOneOf(
      'r.channel',
      values.map((value) => value.toUpperCase()),
    )!
  // A queue is named as people see it, or by id.
  return anyOf([
    isOneOf('r.queue_id', values)!,
    (bind) => `lowerUTF8(r.queue_name) IN arrayMap(name -> lowerUTF8(name), ${bind('Array(String)', values)})`,
  ])
}

const maybeNot = (negated: boolean, condition: Sql): Sql => (negated ? (bind) => `NOT (${condition(bind)})` : condition)
