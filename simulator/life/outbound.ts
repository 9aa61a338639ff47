import type { Campaign } from '../centre/build.ts'
import type { Agent, Contact, World } from '../model.ts'
import { sendContactEvent } from '../wire/contact-events.ts'
import { changed, isIdle } from './agents.ts'
import { complete, disconnect, initiate } from './contacts.ts'
import { addLeg, clearLeg, moveLeg } from './routing.ts'

const HOUR_MS = 3_600_000
const RING_OUT_MS = 25_000

const HUMAN_SHARE = 0.38

/** What answering-machine detection says of a call, with its share (AWS field `AnsweringMachineDetectionStatus`). */
const answers: readonly [status: string, share: number][] = [
  ['HUMAN_ANSWERED', HUMAN_SHARE],
  ['VOICEMAIL_BEEP', 0.2],
  ['VOICEMAIL_NO_BEEP', 0.08],
  ['AMD_UNANSWERED', 0.2],
  ['AMD_UNRESOLVED', 0.03],
  ['AMD_UNRESOLVED_SILENCE', 0.02],
  ['SIT_TONE_BUSY', 0.04],
  ['SIT_TONE_INVALID_NUMBER', 0.03],
  ['FAX_MACHINE_DETECTED', 0.01],
  ['AMD_ERROR', 0.01],
]

const whyNot: Record<string, string> = {
  AMD_UNANSWERED: 'TELECOM_UNANSWERED',
  SIT_TONE_BUSY: 'TELECOM_BUSY',
  SIT_TONE_INVALID_NUMBER: 'TELECOM_NUMBER_INVALID',
  AMD_ERROR: 'OUTBOUND_ATTEMPT_FAILED',
}

/** Calls that agents dial by hand, one after the other, while nobody waits for them. */
export function dialByHand(world: World, agent: Agent): void {
  const { dialsPerHour } = agent.person.desk
  if (dialsPerHour === 0) return
  world.schedule.after(world.load.exponential(HOUR_MS / dialsPerHour), () => {
    if (world.schedule.now() >= world.endAt) return
    if (isIdle(agent)) dial(world, agent)
    dialByHand(world, agent)
  })
}

function dial(world: World, agent: Agent): void {
  const queue = agent.person.desk.queues[0] ?? world.centre.queues[0]!
  const contact = initiate(world, { queue, method: 'OUTBOUND', more: { isQueueTold: false } })
  const leg = addLeg(world, agent, contact, 'CONNECTING')
  const { load, schedule } = world
  if (load.chance(0.65)) {
    schedule.after(load.whole(4000, 15_000), () => {
      contact.onlineAt = schedule.now()
      sendContactEvent(world, contact, 'CONNECTED_TO_SYSTEM')
      world.react.joined(agent, leg)
    })
  } else
    schedule.after(RING_OUT_MS, () => {
      disconnect(world, contact, load.chance(0.8) ? 'TELECOM_UNANSWERED' : 'TELECOM_BUSY')
      complete(world, contact)
      moveLeg(world, agent, leg, 'ERROR')
      schedule.after(load.whole(1000, 4000), () => clearLeg(world, agent, leg))
    })
}

export function runCampaign(world: World, campaign: Campaign): void {
  world.schedule.after(world.load.exponential(HOUR_MS / campaign.dialsPerHour), () => {
    if (world.schedule.now() >= world.endAt) return
    if (campaign.mode === 'notice') notify(world, campaign)
    else {
      const agent = idleOf(world, campaign)
      if (agent && campaign.mode === 'preview') preview(world, campaign, agent)
      else if (agent && expectedAnswers(campaign) < idleCount(world, campaign)) dialFor(world, campaign)
    }
    runCampaign(world, campaign)
  })
}

/** People whom the numbers being dialled are likely to reach: a dialler never has more of them than agents free. */
const expectedAnswers = ({ dialling }: Campaign): number => dialling.count * HUMAN_SHARE

const idleCount = (world: World, campaign: Campaign): number => world.staff[campaign.desk!.index]!.filter(isIdle).length

function idleOf(world: World, campaign: Campaign): Agent | undefined {
  let best: Agent | undefined
  for (const agent of world.staff[campaign.desk!.index]!) if (isIdle(agent) && (!best || agent.idleSince < best.idleSince)) best = agent
  return best
}

const begin = (world: World, campaign: Campaign): Contact =>
  initiate(world, { queue: campaign.queue, method: 'OUTBOUND', more: { campaign, isQueueTold: false } })

function answerOf(world: World): string {
  let dice = world.load.unit()
  for (const [status, share] of answers) if ((dice -= share) < 0) return status
  return 'AMD_UNANSWERED'
}

/** Dials, listens who answers, and brings in an agent for a person; with no agent free the person is lost. */
function dialFor(world: World, campaign: Campaign): void {
  const contact = begin(world, campaign)
  const { schedule, load } = world
  const { dialling } = campaign
  const answer = answerOf(world)
  dialling.count++
  schedule.after(answer === 'AMD_UNANSWERED' ? RING_OUT_MS : load.whole(5000, 16_000), () => {
    dialling.count--
    contact.answeredBy = answer
    if (whyNot[answer]) return giveUp(world, contact, answer)
    contact.onlineAt = schedule.now()
    sendContactEvent(world, contact, 'CONNECTED_TO_SYSTEM')
    if (answer === 'HUMAN_ANSWERED') schedule.after(load.whole(300, 900), () => bringIn(world, campaign, contact))
    // A recorded message for the machine.
    else schedule.after(load.whole(4000, 20_000), () => giveUp(world, contact, answer))
  })
}

function bringIn(world: World, campaign: Campaign, contact: Contact): void {
  const { schedule, load } = world
  contact.enqueuedAt = schedule.now()
  const agent = idleOf(world, campaign)
  if (!agent) {
    schedule.after(2000, () => {
      contact.outcome = 'abandoned'
      contact.leftQueueAt = schedule.now()
      giveUp(world, contact, null)
    })
    return
  }
  const leg = addLeg(world, agent, contact, 'CONNECTING')
  contact.attempts++
  schedule.after(load.whole(300, 900), () => world.react.joined(agent, leg))
}

function giveUp(world: World, contact: Contact, answer: string | null): void {
  if (answer !== null) contact.answeredBy = answer
  disconnect(world, contact, (answer !== null && whyNot[answer]) || 'CONTACT_FLOW_DISCONNECT')
  complete(world, contact)
}

/** The agent first reads about the customer, then dials, or throws the contact away. */
function preview(world: World, campaign: Campaign, agent: Agent): void {
  const contact = begin(world, campaign)
  const leg = addLeg(world, agent, contact, 'CONNECTING')
  const { schedule, load } = world
  contact.attempts++
  schedule.after(load.whole(8000, 40_000), () => {
    contact.previewedUntil = schedule.now()
    if (load.chance(0.12)) {
      disconnect(world, contact, 'OUTBUND_PREVIEW_DISCARDED')
      complete(world, contact)
      return clearLeg(world, agent, leg)
    }
    sendContactEvent(world, contact, 'CONTACT_DATA_UPDATED')
    if (load.chance(0.6)) {
      schedule.after(load.whole(4000, 15_000), () => {
        contact.onlineAt = schedule.now()
        sendContactEvent(world, contact, 'CONNECTED_TO_SYSTEM')
        world.react.joined(agent, leg)
      })
    } else
      schedule.after(RING_OUT_MS, () => {
        disconnect(world, contact, 'TELECOM_UNANSWERED')
        complete(world, contact)
        moveLeg(world, agent, leg, 'ERROR')
        schedule.after(load.whole(1000, 4000), () => clearLeg(world, agent, leg))
      })
  })
}

/** A recorded notice is played to whoever, or whatever, answers. */
function notify(world: World, campaign: Campaign): void {
  const contact = begin(world, campaign)
  const { schedule, load } = world
  const answer = answerOf(world)
  schedule.after(answer === 'AMD_UNANSWERED' ? RING_OUT_MS : load.whole(5000, 16_000), () => {
    contact.answeredBy = answer
    if (whyNot[answer]) return giveUp(world, contact, answer)
    contact.onlineAt = schedule.now()
    sendContactEvent(world, contact, 'CONNECTED_TO_SYSTEM')
    schedule.after(load.whole(12_000, 30_000), () => giveUp(world, contact, answer))
  })
}

/** A supervisor listens to a colleague's call for a while: a contact of its own, without wrap-up. */
export function listenIn(world: World, supervisor: Agent): void {
  const { listensPerHour } = supervisor.person.desk
  if (listensPerHour === 0) return
  const { schedule, load } = world
  schedule.after(load.exponential(HOUR_MS / listensPerHour), () => {
    if (schedule.now() >= world.endAt) return
    const heard = isIdle(supervisor) ? someCall(world, supervisor) : undefined
    if (heard) listen(world, supervisor, heard)
    listenIn(world, supervisor)
  })
}

function someCall(world: World, supervisor: Agent): Contact | undefined {
  for (let tries = 0; tries < 8; tries++) {
    const agent = world.load.pick(world.agents)
    const leg = agent.legs.find(({ contact, state }) => contact.channel === 'VOICE' && state === 'CONNECTED' && !contact.listens)
    if (leg && agent !== supervisor) return leg.contact
  }
  return undefined
}

function listen(world: World, supervisor: Agent, heard: Contact): void {
  const contact = initiate(world, {
    queue: heard.queue,
    method: 'MONITOR',
    more: { initialId: heard.initialId ?? heard.id, customerNumber: heard.customerNumber, listens: true, isQueueTold: false },
  })
  const leg = addLeg(world, supervisor, contact, 'CONNECTED')
  contact.phase = 'talking'
  contact.agent = supervisor
  contact.connectedAt = leg.connectedAt = world.schedule.now()
  sendContactEvent(world, contact, 'CONNECTED_TO_AGENT')
  changed(world, supervisor)
  world.schedule.after(world.load.whole(30_000, 150_000), () => {
    disconnect(world, contact, 'AGENT_DISCONNECT')
    contact.wrapUpFrom = contact.wrapUpTo = world.schedule.now()
    complete(world, contact)
    clearLeg(world, supervisor, leg)
  })
}
