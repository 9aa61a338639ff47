import { english, lines, portuguese, type Intent, type Tone } from './phrases.ts'
import type { Random } from './random.ts'

export interface Turn {
  role: 'AGENT' | 'CUSTOMER'
  text: string
  tone: Tone
  /** Milliseconds from the moment the agent joined. */
  beginMs: number
  endMs: number
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
}

const MS_PER_WORD = 370

export const speechMs = (text: string): number => text.split(' ').length * MS_PER_WORD

/** The whole conversation, laid out in time; nobody says the same line twice. */
export function planTurns(random: Random, plan: TalkPlan): Turn[] {
  const said = chooseLines(random, plan)
  const hold = plan.hold ?? { fromMs: plan.talkMs, toMs: plan.talkMs }
  const spokenMs = plan.talkMs - (hold.toMs - hold.fromMs) - 2000
  const gapMs = Math.max(400, (spokenMs - said.reduce((sum, line) => sum + speechMs(line.text), 0)) / said.length)
  const turns: Turn[] = []
  let at = 900
  for (const line of said) {
    let endMs = at + speechMs(line.text)
    if (endMs > hold.fromMs - 500 && at < hold.toMs) {
      at = hold.toMs + 800
      endMs = at + speechMs(line.text)
    }
    if (endMs > plan.talkMs - 1200) break
    turns.push({ ...line, beginMs: at, endMs })
    at = endMs + Math.round(gapMs * (0.5 + random.unit()))
  }
  return turns
}

type Line = Pick<Turn, 'role' | 'text' | 'tone'>

const agent = (text: string, tone: Tone = 'NEUTRAL'): Line => ({ role: 'AGENT', text, tone })
const customer = (text: string, tone: Tone): Line => ({ role: 'CUSTOMER', text, tone })

function chooseLines(random: Random, plan: TalkPlan): Line[] {
  const common = plan.intent === 'portuguese' ? portuguese : english
  const own = (lines[plan.intent] ?? lines.billing)!
  const work = random.shuffle([...own.work, ...common.work])
  const mild = random.shuffle([...own.detail, ...common.filler])
  const upset = random.shuffle(own.upset)
  const count = Math.max(1, Math.min(work.length, mild.length, Math.floor(plan.talkMs / (2 * plan.paceMs)) - 2))
  const said: Line[] = [agent(random.pick(common.greeting)), customer(random.pick(own.problem), firstTone(plan.course))]
  for (let i = 0; i < count; i++) {
    said.push(agent(work[i] ?? ''))
    const angry = isAngry(plan.course, i / count) ? upset.pop() : undefined
    said.push(angry === undefined ? customer(mild[i] ?? '', 'NEUTRAL') : customer(angry, 'NEGATIVE'))
  }
  said.push(agent(random.pick(common.solved), 'POSITIVE'))
  said.push(plan.course === 'falling' ? customer(random.pick(common.sour), 'NEGATIVE') : customer(random.pick(common.glad), 'POSITIVE'))
  said.push(agent(random.pick(common.goodbye), 'POSITIVE'))
  return said
}

const firstTone = (course: Course): Tone => (course === 'improving' ? 'NEGATIVE' : 'NEUTRAL')
const isAngry = (course: Course, progress: number): boolean =>
  course === 'falling' ? progress >= 0.4 : course === 'improving' && progress < 0.35

export interface Piece {
  text: string
  beginMs: number
  endMs: number
}

/** Cuts a turn into what live transcription sends first: consecutive pieces that, joined by a space, are the turn. */
export function toPieces(turn: Turn, wordsEach: number): Piece[] {
  const words = turn.text.split(' ')
  const msPerWord = (turn.endMs - turn.beginMs) / words.length
  const pieces: Piece[] = []
  for (let i = 0; i < words.length; i += wordsEach) {
    const upTo = Math.min(words.length, i + wordsEach)
    pieces.push({
      text: words.slice(i, upTo).join(' '),
      beginMs: turn.beginMs + Math.round(i * msPerWord),
      endMs: turn.beginMs + Math.round(upTo * msPerWord),
    })
  }
  return pieces
}
