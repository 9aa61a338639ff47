import { planTurns, type Course, type Turn } from './conversation.ts'
import type { Contact, LensSession, World } from './model.ts'
import { sendLensMark, sendTurn } from './wire/contact-lens.ts'

export function analyse(world: World, contact: Contact, { turns }: { turns: Turn[]; failAtMs?: number }): void {
  const session: LensSession = { turns, matched: new Set(), participantIds: { AGENT: world.ids.uuid(), CUSTOMER: world.ids.uuid() } }
  contact.lens = session
  sendLensMark(world, contact, 'STARTED')
  speak(world, contact, session, 0)
}

export const endAnalysis = (world: World, contact: Contact): void => sendLensMark(world, contact, 'COMPLETED')

export function chooseTurns({ talk }: World, contact: Contact, talkMs: number, hold: { fromMs: number; toMs: number } | null): Turn[] {
  const dice = talk.unit()
  const course: Course = contact.wishes.course ?? (dice < 0.55 ? 'calm' : dice < 0.85 ? 'improving' : 'falling')
  const intent = contact.wishes.intent ?? talk.pick(contact.queue.intents)
  return planTurns(talk, { intent, course, talkMs, hold, paceMs: contact.channel === 'VOICE' ? 7000 : 18_000 })
}

/** Schedules one turn at a time, so that a conversation's rest can still be rewritten. */
function speak(world: World, contact: Contact, session: LensSession, index: number): void {
  const turn = session.turns[index]
  if (!turn) return
  world.schedule.at(contact.connectedAt! + turn.beginMs, () => {
    sendTurn(world, contact, session, turn)
    speak(world, contact, session, index + 1)
  })
}
