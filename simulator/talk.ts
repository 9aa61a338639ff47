import { analyse } from './analysis.ts'
import { languageOf, planTurns, type Course, type Turn } from './conversation/plan.ts'
import type { Agent, Contact, Leg, World } from './model.ts'
import { sendAgentEvent } from './wire/agent-events.ts'

/** Live analysis costs the reader most of its events; yesterday's words are needed less than today's. */
const ANALYSED_SHARE = { past: 0.15, story: 0.6 }
const HOLD_SHARE = 0.16

/** From the agent's hello until `onEnd`: hold, spoken turns, the end. */
export function talk(world: World, agent: Agent, leg: Leg, onEnd: () => void): void {
  const { contact } = leg
  const { schedule, load } = world
  const now = schedule.now()
  const script = contact.wishes.turns?.(now)
  const talkMs =
    contact.wishes.talkMs ?? (script ? lengthOf(script) : load.duration(contact.channel === 'VOICE' ? contact.queue.talkMs : 300_000))
  const hold = script || contact.channel === 'CHAT' || contact.wishes.talkMs ? null : planHold(world, talkMs)
  if (hold) {
    schedule.at(now + hold.fromMs, () => setHold(world, agent, leg, true))
    schedule.at(now + hold.toMs, () => {
      const lengthMs = hold.toMs - hold.fromMs
      contact.holds = {
        count: contact.holds.count + 1,
        totalMs: contact.holds.totalMs + lengthMs,
        longestMs: Math.max(contact.holds.longestMs, lengthMs),
      }
      setHold(world, agent, leg, false)
    })
  }
  // The story's words must be found the moment they are said.
  if (script) analyse(world, contact, { turns: script, lateShare: 0 })
  else if (isAnalysed(world, contact)) analyse(world, contact, { turns: chooseTurns(world, contact, talkMs, hold) })
  schedule.at(now + talkMs, onEnd)
}

const lengthOf = (turns: readonly Turn[]): number => (turns.at(-1)?.endMs ?? 0) + 3000

function planHold({ load }: World, talkMs: number): { fromMs: number; toMs: number } | null {
  if (talkMs < 90_000 || !load.chance(HOLD_SHARE)) return null
  const fromMs = Math.round(talkMs * (0.3 + 0.2 * load.unit()))
  return { fromMs, toMs: fromMs + Math.min(load.duration(35_000), Math.round(talkMs * 0.35)) }
}

/** Amazon documents that the state's start does not move when the customer is put on hold. */
function setHold(world: World, agent: Agent, leg: Leg, isOn: boolean): void {
  leg.state = isOn ? 'CONNECTED_ONHOLD' : 'CONNECTED'
  sendAgentEvent(world, agent, 'STATE_CHANGE')
}

function isAnalysed({ direction, load, schedule }: World, contact: Contact): boolean {
  if (contact.wishes.analysed !== undefined) return contact.wishes.analysed
  const isStory = direction.storyAt !== null && schedule.now() >= direction.storyAt - 180_000
  return contact.channel === 'CHAT' || load.chance(isStory ? ANALYSED_SHARE.story : ANALYSED_SHARE.past)
}

function chooseTurns({ talk }: World, contact: Contact, talkMs: number, hold: { fromMs: number; toMs: number } | null): Turn[] {
  const dice = talk.unit()
  const course: Course = contact.wishes.course ?? (dice < 0.55 ? 'calm' : dice < 0.85 ? 'improving' : 'falling')
  const intent = contact.wishes.intent ?? talk.pick(contact.queue.intents)
  const { channel } = contact
  const language = languageOf(contact.queue.language)
  return planTurns(talk, { intent, course, talkMs, hold, language, channel, paceMs: channel === 'VOICE' ? 7000 : 18_000 })
}
