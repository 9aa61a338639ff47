/** The four streams of Amazon Connect, in the order of their worth to a contact centre that starts today. */
export interface StreamFacts {
  kind: 'agent-event' | 'contact-event' | 'contact-record' | 'contact-lens'
  title: string
  /** What it lights up on screen. */
  lights: string
  /** What is missing without it. */
  without: string
  /** Seconds after which silence is worth a look during opening hours. */
  quietSeconds: number
}

export const streamFacts: readonly StreamFacts[] = [
  {
    kind: 'agent-event',
    title: 'Agent events',
    lights: 'who is signed in, in which state and since when, who talks to whom',
    without: 'the agents page and every figure about agents stay empty',
    // While anybody is signed in, a heart beat comes every 120 s.
    quietSeconds: 300,
  },
  {
    kind: 'contact-event',
    title: 'Contact events',
    lights: 'contacts in queue, the oldest contact, live service level and abandonment',
    without: 'a contact shows only once an agent is offered it; contacts in queue cannot be counted',
    quietSeconds: 3600,
  },
  {
    kind: 'contact-record',
    title: 'Contact records',
    lights: 'final figures, history, attributes, transfers, the facts beside a transcript',
    without: 'figures stay live estimates, and history holds no finished contacts',
    quietSeconds: 3600,
  },
  {
    kind: 'contact-lens',
    title: 'Contact Lens',
    lights: 'transcripts, sentiment, categories, alerts on what is said',
    without: 'there are no words to search or to alert on',
    quietSeconds: 3600,
  },
]
