import { createAudio, type AudioOf } from '../desktop/audio.ts'
import { failureOf } from '../desktop/model.ts'
import type { Agent, Contact, World } from '../model.ts'

/** How calls sound on this centre's desktops; null where the plan says nothing of desktops. */
export function createAudioOf(world: World): AudioOf | null {
  const { centre, startAt, note } = world
  const { desks, outage } = centre.plan
  if (!desks.some(({ desktop }) => desktop)) return null
  const outages = outage ? [{ ...outage, from: startAt + outage.fromMs, until: startAt + outage.untilMs }] : []
  return createAudio({
    random: world.load.fork('audio'),
    instanceArn: centre.instanceArn,
    plan: { outages },
    note: (fact) => note?.(fact),
  })
}

/** Without a microphone or a path for the media there is only silence, and somebody hangs up. */
export const SILENCE_MS = 7000

/** Settles how the agent's part of a call sounds, and lets the agent's page report it. Returns when that part ends: early, without any audio. */
export function settleAudio(world: World, agent: Agent, contact: Contact, endAt: number): number {
  const { audioOf, schedule } = world
  if (!audioOf || contact.channel !== 'VOICE' || contact.quality) return endAt
  const { id: agentId, arn: agentArn, desk, site } = agent.person
  const call = {
    contactId: contact.id,
    agentId,
    agentArn,
    // Half of the farm runs its media beside the desktop, in a helper that reports nothing.
    desktop: { kind: desk.desktop, site: site.name, isSplit: desk.desktop === 'citrix' && agent.person.index % 2 === 1 },
    startAt: Math.max(contact.initiatedAt, contact.connectedAt! - 3000),
    connectedAt: contact.connectedAt!,
  }
  const planned = audioOf({ ...call, endAt })
  const isSilent = failureOf(planned.faults) !== undefined
  const audio = isSilent ? audioOf({ ...call, endAt: Math.min(endAt, call.connectedAt + SILENCE_MS) }) : planned
  contact.quality = { qualityMetrics: audio.qualityMetrics, disconnectDetails: audio.disconnectDetails }
  audio.tell()
  if (world.wants('softphone-report')) {
    for (const { at, payload } of audio.reports()) {
      // What is told after the call is sent when the call is over, as a page does that lost its way to the collector.
      if (at > schedule.now()) schedule.at(at, () => world.send('softphone-report', payload))
      else world.send('softphone-report', payload)
    }
  }
  return isSilent ? Math.min(endAt, call.connectedAt + SILENCE_MS) : endAt
}
