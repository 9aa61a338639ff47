import { readFileSync } from 'node:fs'
import { CallboardError, messageOf } from '#kernel/errors'
import { plain } from './number-words.ts'
import type { Span } from './scanned.ts'

const MAX_NAMES = 200_000
const MAX_WORDS = 6

/** Finds the names of a list in a text: whole words, whatever their case and accents. */
export type NameFinder = (text: string) => Span[]

/** One name a line, of one or several words; empty lines and those that begin with # are none. */
export function readNames(file: string): NameFinder {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw refused(`${file}: ${messageOf(error)}`, error)
  }
  const lines = text.split('\n').map((line) => line.trim())
  if (lines.length > MAX_NAMES) throw refused(`${file}: ${lines.length} lines, at most ${MAX_NAMES}`)
  const names = lines.flatMap((line, i) => {
    if (line === '' || line.startsWith('#')) return []
    const words = wordsOf(line).map(({ word }) => word)
    if (words.length === 0 || words.length > MAX_WORDS) throw refused(`${file}, line ${i + 1}: a name has 1 to ${MAX_WORDS} words`)
    if (/[\ud800-\udfff]/.test(line))
      throw refused(`${file}, line ${i + 1}: has a character that takes two places, which would shift offsets`)
    return [words]
  })
  return createNameFinder(names)
}

export function createNameFinder(names: readonly (readonly string[])[]): NameFinder {
  const byFirst = new Map<string, (readonly string[])[]>()
  for (const name of names) {
    const words = name.map(plain)
    const list = byFirst.get(words[0]!)
    if (list) list.push(words)
    else byFirst.set(words[0]!, [words])
  }
  for (const list of byFirst.values()) list.sort((a, b) => b.length - a.length)
  return (text) => {
    const words = wordsOf(text)
    const found: Span[] = []
    for (let i = 0; i < words.length; i++) {
      const name = byFirst.get(words[i]!.word)?.find((parts) => parts.every((part, k) => words[i + k]?.word === part))
      if (!name) continue
      found.push({ begin: words[i]!.begin, end: words[i + name.length - 1]!.end })
      i += name.length - 1
    }
    return found
  }
}

function wordsOf(text: string): (Span & { word: string })[] {
  return [...text.matchAll(/[\p{L}\p{M}]+/gu)].map(({ 0: word, index }) => ({ word: plain(word), begin: index, end: index + word.length }))
}

function refused(what: string, cause?: unknown): CallboardError {
  return new CallboardError('SETTING_INVALID', `REDACTION_NAMES_FILE: ${what}`, { cause })
}
