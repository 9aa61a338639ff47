import type { JsonObject } from '#kernel/json'
import { decodePayload } from '#events/decode'
import type { LensEvent } from '#events/domain'
import { analyse, endAnalysis, type Analysis, type AnalysisPlan } from '#simulator/analysis'
import type { Turn } from '#simulator/conversation/plan'
import { createRandom } from '#simulator/random'
import { createSchedule } from '#simulator/schedule'
import type { ConversationTruth } from '#simulator/truth/alerts'
import { T0 } from './recording.ts'

export interface Sent {
  at: number
  payload: JsonObject
  event: LensEvent
}

export interface Heard {
  sent: Sent[]
  facts: ConversationTruth[]
}

export const CONTACT_ID = '90000000-0000-4000-8000-000000000001'

/** Plays one analysed contact that lasts `lastsMs`, and reads what comes of it. */
export function play(
  plan: AnalysisPlan,
  { lastsMs, channel = 'VOICE', seed = 1 }: { lastsMs: number; channel?: 'VOICE' | 'CHAT'; seed?: number },
): Heard {
  const schedule = createSchedule(T0)
  const random = createRandom(seed)
  const outbox: { at: number; payload: JsonObject }[] = []
  const facts: ConversationTruth[] = []
  const world = {
    schedule,
    talk: random.fork('talk'),
    ids: random.fork('ids'),
    centre: { accountId: '111122223333', instanceId: '10000000-0000-4000-8000-00000000de00' },
    send: (_: 'contact-lens', payload: JsonObject, delayMs = 0) => void outbox.push({ at: schedule.now() + delayMs, payload }),
    note: (fact: ConversationTruth) => void facts.push(fact),
  }
  const agent = { person: { firstName: 'Alder' } }
  const contact = { id: CONTACT_ID, channel, queue: { language: 'en-GB' }, agent, lens: null as Analysis | null }
  analyse(world, contact, plan)
  schedule.after(lastsMs, () => endAnalysis(world, contact))
  while (schedule.step());
  const sent = outbox.toSorted((a, b) => a.at - b.at).map(({ at, payload }) => ({ at, payload, event: decode(payload) }))
  return { sent, facts }
}

function decode(payload: JsonObject): LensEvent {
  const decoded = decodePayload(payload, 'any')
  if (!decoded.ok || decoded.event.kind !== 'contact-lens') throw new Error(`cannot be read: ${JSON.stringify(payload)}`)
  return decoded.event
}

export const turn = (role: Turn['role'], text: string, beginMs: number, endMs: number): Turn => ({
  role,
  text,
  tone: 'NEUTRAL',
  beginMs,
  endMs,
})
