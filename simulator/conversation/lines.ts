export const intents = [
  'billing',
  'order',
  'returns',
  'technical',
  'cancellation',
  'sales',
  'complaint',
  'appointment',
  'account-access',
  'claim',
  'collections',
  'delivery',
] as const
export type Intent = (typeof intents)[number]
export type Language = 'en' | 'pt'
export type Tone = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE'

/**
 * What is said about one thing. `{name}` is a slot of `slots.ts`; digits come from slots only. A problem is an issue to Contact Lens:
 * the part in [ ], or the whole line without its last mark.
 */
export interface Lines {
  /** First thing the customer says. */
  problem: readonly string[]
  detail: readonly string[]
  upset: readonly string[]
  /** What the agent asks and does. */
  work: readonly string[]
}

/** What fits any conversation in one language. */
export interface CommonLines {
  greeting: readonly string[]
  chatGreeting: readonly string[]
  work: readonly string[]
  filler: readonly string[]
  pleased: readonly string[]
  solved: readonly string[]
  glad: readonly string[]
  sour: readonly string[]
  goodbye: readonly string[]
  chatGoodbye: readonly string[]
  /** The agent asks for something private, the customer tells it. */
  private: readonly { ask: readonly string[]; tell: readonly string[] }[]
}
