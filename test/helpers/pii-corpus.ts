import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createConversation, listen, type Said } from '#ingest/redaction/conversation'
import { createDetectors } from '#ingest/redaction/detectors'
import type { Span } from '#ingest/redaction/scanned'

export const corpusDir = resolve(import.meta.dirname, '../fixtures/pii')

export interface CorpusTurn {
  /** `file:line`. */
  at: string
  speaker: string
  text: string
  /** What must be hidden, with the detector it is meant for; `part`: a piece of a card number. */
  marks: (Span & { label: string })[]
}

/** Conversations of a file: turns are lines `C: …` and `A: …`, a blank line ends a conversation, `de ` before a speaker names the language. */
export interface CorpusConversation {
  languageCode: string
  turns: CorpusTurn[]
}

export function readCorpus(): CorpusConversation[] {
  return readdirSync(corpusDir)
    .filter((file) => file.endsWith('.txt'))
    .flatMap((file) => readFile(file))
}

function readFile(file: string): CorpusConversation[] {
  const conversations: CorpusConversation[] = []
  let open: CorpusConversation | undefined
  readFileSync(join(corpusDir, file), 'utf8')
    .split('\n')
    .forEach((line, i) => {
      const match = /^(?:([a-z]{2}) )?([AC]): (.*)$/.exec(line)
      if (!match) {
        if (line !== '' && !line.startsWith('#')) throw new Error(`${file}:${i + 1} is neither a turn nor a remark`)
        open = undefined
        return
      }
      if (!open) conversations.push((open = { languageCode: `${match[1] ?? 'en'}-XX`, turns: [] }))
      open.turns.push({ at: `${file}:${i + 1}`, speaker: match[2] === 'A' ? 'AGENT' : 'CUSTOMER', ...unmark(match[3]!) })
    })
  return conversations
}

function unmark(marked: string): Pick<CorpusTurn, 'text' | 'marks'> {
  const marks: CorpusTurn['marks'] = []
  let text = ''
  let at = 0
  for (const match of marked.matchAll(/\{([a-z_]+):([^}]*)\}/g)) {
    text += marked.slice(at, match.index)
    marks.push({ label: match[1]!, begin: text.length, end: text.length + match[2]!.length })
    text += match[2]!
    at = match.index + match[0].length
  }
  return { text: text + marked.slice(at), marks }
}

const detectors = createDetectors()

/** What is hidden in each turn, one message a turn, as a stream brings them. */
export function hitsOf({ languageCode, turns }: CorpusConversation): ReturnType<typeof listen> {
  const conversation = createConversation(true)
  return turns.flatMap(({ speaker, text, at }, order) => {
    const said: Said = { speaker, segmentId: at, turnId: at, isFinal: true, order, text }
    return listen(conversation, [said], { languageCode, detectors })
  })
}
