import type { Random } from '../random.ts'
import type { Intent, Language, Tone } from './lines.ts'
import { repertoires, type Repertoire } from './phrases.ts'
import { memorySize } from './slots.ts'
import { wordsMs } from './speech.ts'
import { fill, type Line, type Memory, type PiiSpan, type Span, type Template } from './template.ts'

export interface Turn {
  role: 'AGENT' | 'CUSTOMER'
  text: string
  tone: Tone
  /** Milliseconds from the moment the agent joined. A chat message is written from `beginMs` and sent at `endMs`. */
  beginMs: number
  endMs: number
  /** Where the text tells what the contact is about. Turns written by hand may leave out both. */
  issue?: Span | null
  pii?: readonly PiiSpan[]
}

/** How the customer's tone moves. */
export type Course = 'calm' | 'improving' | 'falling'

export interface TalkPlan {
  intent: Intent
  course: Course
  talkMs: number
  /** Nobody speaks while the customer is on hold. */
  hold: { fromMs: number; toMs: number } | null
  /** Milliseconds one turn takes at the least, speech and silence together. */
  paceMs: number
  /** English if left out. */
  language?: Language
  /** Voice if left out. */
  channel?: 'VOICE' | 'CHAT'
  /** How many conversations hold something private; an eighth if left out. */
  privateShare?: number
}

export const languageOf = (languageCode: string): Language => (languageCode.startsWith('pt') ? 'pt' : 'en')

/** The whole conversation, laid out in time; nobody says the same line twice. */
export function planTurns(random: Random, plan: TalkPlan): Turn[] {
  const said = chooseLines(random, plan)
  return plan.channel === 'CHAT' ? layOut(random, plan, said, chatManner) : layOut(random, plan, said, voiceManner)
}

interface Said extends Line {
  role: Turn['role']
  tone: Tone
}

function chooseLines(random: Random, plan: TalkPlan): Said[] {
  const { common, topics } = repertoires[plan.language ?? 'en']
  const topic = topics[plan.intent]
  const { course, talkMs, paceMs } = plan
  const isChat = plan.channel === 'CHAT'
  const memory: Memory = Array.from({ length: memorySize })
  const said: Said[] = []
  const say = (role: Turn['role'], tone: Tone, template: Template): void => {
    const { text, words, issue, pii } = fill(template, random, memory)
    said.push({ role, tone, text, words, issue, pii })
  }
  const [work, mild, upset, pleased] = [
    draw(random, topic.work),
    draw(random, topic.mild),
    draw(random, topic.upset),
    draw(random, common.pleased),
  ]
  const rounds = Math.max(1, Math.min(topic.work.length, topic.mild.length, Math.floor(talkMs / (2 * paceMs)) - 2))
  const exchanges = planPrivate(random, common, rounds, plan.privateShare ?? 0.125)

  say('AGENT', 'NEUTRAL', random.pick(isChat ? common.chatGreeting : common.greeting))
  say('CUSTOMER', course === 'improving' ? 'NEGATIVE' : 'NEUTRAL', random.pick(topic.problem))
  for (let round = 0; round < rounds; round++) {
    const exchange = exchanges.get(round)
    if (exchange) {
      say('AGENT', 'NEUTRAL', random.pick(exchange.ask))
      say('CUSTOMER', 'NEUTRAL', random.pick(exchange.tell))
      continue
    }
    say('AGENT', 'NEUTRAL', work()!)
    const tone = toneAt(random, course, round / rounds)
    const line = tone === 'NEGATIVE' ? upset() : tone === 'POSITIVE' ? pleased() : undefined
    if (line) say('CUSTOMER', tone, line)
    else sayMild()
    // People write in short messages, one after the other.
    if (isChat && random.chance(0.2)) sayMild()
  }
  say('AGENT', 'POSITIVE', random.pick(common.solved))
  if (course === 'falling') say('CUSTOMER', 'NEGATIVE', random.pick(common.sour))
  else say('CUSTOMER', 'POSITIVE', random.pick(common.glad))
  say('AGENT', 'POSITIVE', random.pick(isChat ? common.chatGoodbye : common.goodbye))
  return said

  function sayMild(): void {
    const line = mild()
    if (line) say('CUSTOMER', 'NEUTRAL', line)
  }
}

function toneAt(random: Random, course: Course, progress: number): Tone {
  if (course === 'falling') return progress >= 0.4 && random.chance(0.75) ? 'NEGATIVE' : 'NEUTRAL'
  if (course === 'improving' && progress < 0.35) return 'NEGATIVE'
  return progress >= 0.6 && random.chance(course === 'improving' ? 0.3 : 0.1) ? 'POSITIVE' : 'NEUTRAL'
}

/** In which rounds something private is asked and told; never the same thing twice. */
function planPrivate(
  random: Random,
  common: Repertoire['common'],
  rounds: number,
  share: number,
): Map<number, Repertoire['common']['private'][number]> {
  const planned = new Map<number, Repertoire['common']['private'][number]>()
  if (!random.chance(share)) return planned
  const next = draw(random, common.private)
  for (let i = random.chance(0.3) ? 2 : 1; i > 0; i--) planned.set(random.whole(0, rounds - 1), next()!)
  return planned
}

/** Gives the list's items in random order, each once, then undefined. */
function draw<T>(random: Random, list: readonly T[]): () => T | undefined {
  const left = [...list]
  return () => {
    const last = left.pop()
    if (last === undefined || left.length === 0) return last
    const i = random.whole(0, left.length)
    const item = left[i] ?? last
    if (i < left.length) left[i] = last
    return item
  }
}

interface Manner {
  wordsMs(said: Said): number
  /** How many answers begin while the other still speaks. */
  overlapShare: number
}

const voiceManner: Manner = { wordsMs: ({ words }) => wordsMs(words), overlapShare: 0.12 }
/** Agents have prepared texts for much of it. */
const chatManner: Manner = { wordsMs: ({ role, words }) => words * (role === 'AGENT' ? 420 : 600), overlapShare: 0 }

const FIRST_MS = 900
const LEAST_GAP_MS = 120
const LAST_MS = 1200

/** One after the other, the spare time spread as silence between them. What does not fit is left unsaid. */
function layOut(random: Random, { talkMs, hold }: TalkPlan, said: readonly Said[], manner: Manner): Turn[] {
  const turns: Turn[] = []
  const spokenUntil = { AGENT: 0, CUSTOMER: 0 }
  let leftMs = 0
  for (const line of said) leftMs += manner.wordsMs(line)
  let beginMs = FIRST_MS
  for (const [i, line] of said.entries()) {
    const lengthMs = manner.wordsMs(line)
    if (hold && beginMs < hold.toMs && beginMs + lengthMs > hold.fromMs - 500) beginMs = hold.toMs + 800
    const endMs = beginMs + lengthMs
    if (endMs > talkMs - LAST_MS) break
    turns.push({ role: line.role, text: line.text, tone: line.tone, beginMs, endMs, issue: line.issue, pii: line.pii })
    spokenUntil[line.role] = endMs
    leftMs -= lengthMs
    const next = said[i + 1]
    if (!next) break
    const freeAt = Math.max(spokenUntil.AGENT, spokenUntil.CUSTOMER)
    if (next.role !== line.role && random.chance(manner.overlapShare)) {
      const overlapMs = random.whole(100, Math.max(100, Math.min(1200, Math.floor(lengthMs / 3))))
      beginMs = Math.max(endMs - overlapMs, spokenUntil[next.role] + LEAST_GAP_MS)
      continue
    }
    const heldMs = hold && freeAt < hold.toMs ? hold.toMs - hold.fromMs : 0
    const spareMs = talkMs - LAST_MS - freeAt - heldMs - leftMs
    const gapMs = Math.min(spareMs, (spareMs / (said.length - 1 - i)) * (0.5 + random.unit()))
    beginMs = freeAt + Math.max(LEAST_GAP_MS, Math.round(gapMs))
  }
  return turns
}
