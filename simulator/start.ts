import { createDemo } from './demo.ts'
import type { StartSimulation } from './stream.ts'

export interface Profile {
  name: string
  title: string
  description: string
}

/** The contact centres that can be simulated. */
export const profileList: readonly Profile[] = [
  { name: 'inbound-voice', title: 'Inbound voice', description: 'calls come in, wait in queues and are answered' },
  { name: 'omnichannel', title: 'Omnichannel', description: 'voice, chat, tasks and e-mail with agents who do several at once' },
  { name: 'outbound-campaign', title: 'Outbound campaign', description: 'a dialler calls customers and connects those who answer' },
  { name: 'hybrid-ivr-only', title: 'Hybrid, IVR only', description: 'Amazon Connect answers, agents sit on the old platform' },
  { name: 'hybrid-agent-only', title: 'Hybrid, agents only', description: 'the old platform answers, agents sit in Amazon Connect' },
  { name: 'hybrid-mixed', title: 'Hybrid, mixed', description: 'both platforms answer and both have agents' },
  { name: 'migration-line-of-business', title: 'Migration by line of business', description: 'one line of business after the other moves' },
  { name: 'migration-site', title: 'Migration by site', description: 'one site after the other moves' },
  { name: 'migration-ivr-first', title: 'Migration, IVR first', description: 'first the IVR moves, then the agents' },
  {
    name: 'outbound-preview-and-notices',
    title: 'Outbound preview and notices',
    description: 'agents see whom they will call, and notices go out without agents',
  },
  { name: 'vdi', title: 'Virtual desktops', description: 'agents on virtual desktops, some with bad sound' },
]

/** Until the engine for the profiles is there, every profile is the demo contact centre. */
export const startSimulation: StartSimulation = ({ seed, startAt, endAt = Infinity }) => {
  const demo = createDemo({ seed, startAt })
  const isOver = (): boolean => demo.dueAt() >= endAt
  return {
    dueAt: () => (isOver() ? undefined : demo.dueAt()),
    next() {
      if (isOver()) return undefined
      const event = demo.next()
      return { ...event, time: event.at }
    },
  }
}
