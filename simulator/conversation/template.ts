import type { Random } from '../random.ts'
import { slots, type PiiKind, type Slot } from './slots.ts'
import { countWords } from './speech.ts'

/** UTF-16 offsets; `end` is exclusive. */
export interface Span {
  begin: number
  end: number
}

export interface PiiSpan extends Span {
  kind: PiiKind
}

export interface Line {
  text: string
  words: number
  issue: Span | null
  pii: readonly PiiSpan[]
}

/** Read once, filled often: text before each slot or bracket, and the text after the last. */
export interface Template {
  source: string
  parts: readonly { before: string; slot: Slot | '[' | ']' }[]
  tail: string
  /** Of the text around the slots, counting each slot as one word. */
  words: number
  /** What a template without slots always gives. */
  line: Line | null
}

/** Values one conversation has settled on. */
export type Memory = (string | undefined)[]

const noPii: readonly PiiSpan[] = []

export function parseTemplate(source: string): Template {
  const parts: { before: string; slot: Slot | '[' | ']' }[] = []
  let from = 0
  for (const match of source.matchAll(/\{(\w+)\}|[[\]]/g)) {
    const name = match[1]
    const slot = name === undefined ? (match[0] as '[' | ']') : slots[name]
    if (slot === undefined) throw new Error(`no slot ${name} for: ${source}`)
    parts.push({ before: source.slice(from, match.index), slot })
    from = match.index + match[0].length
  }
  const template = { source, parts, tail: source.slice(from), words: countWords(source), line: null }
  const isFixed = parts.every(({ slot }) => typeof slot === 'string')
  return isFixed ? { ...template, line: write(template, null, []) } : template
}

/** A problem is an issue: all of it, unless brackets say which part. */
export const parseProblem = (source: string): Template =>
  parseTemplate(source.includes('[') ? source : source.replace(/^(.*?)([.?!]*)$/, '[$1]$2'))

export const fill = (template: Template, random: Random, memory: Memory): Line => template.line ?? write(template, random, memory)

function write({ parts, tail, words }: Template, random: Random | null, memory: Memory): Line {
  let text = ''
  let pii: PiiSpan[] | null = null
  let issueAt = 0
  let issue: Span | null = null
  for (const { before, slot } of parts) {
    text += before
    if (slot === '[') issueAt = text.length
    else if (slot === ']') issue = { begin: issueAt, end: text.length }
    else {
      const value = valueOf(slot, random!, memory)
      if (slot.pii !== null) (pii ??= []).push({ kind: slot.pii, begin: text.length, end: text.length + value.length })
      text += value
      words += countWords(value) - 1
    }
  }
  return { text: text + tail, words, issue, pii: pii ?? noPii }
}

function valueOf({ memory: place, draw }: Slot, random: Random, memory: Memory): string {
  if (place === null) return draw(random)
  return (memory[place] ??= draw(random))
}
