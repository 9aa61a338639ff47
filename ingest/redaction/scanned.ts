import { digitRunsOf, type DigitRun } from './digit-runs.ts'
import { numberWordsOf } from './number-words.ts'
import { mentionsIn, type Topic } from './topics.ts'

export interface Span {
  begin: number
  end: number
}

/** What is known besides the text itself. */
export interface Surroundings {
  languageCode: string | null
  /** Name of the field in words: an attribute `cardNumber` is about a card. */
  label?: string
  /** Set for what somebody says in a conversation, where a number may go on from or into another message. */
  talk?: {
    /** Digits the speaker ended with just before. */
    carried: string
    /** What the conversation was about just now. */
    topics: ReadonlySet<Topic>
    /** Nothing is known of what was said before. */
    isCold: boolean
  }
}

/** A text with everything the detectors ask about it. */
export interface Scanned {
  text: string
  runs: readonly DigitRun[]
  otherWords: number
  carried: string
  isTalk: boolean
  isCold: boolean
  /** Whether the text, its label or the conversation is about `topic`. */
  about(topic: Topic): boolean
  /** Whether a word of `topic` stands within `before` characters before the span, or within `after` behind it. */
  near(topic: Topic, span: Span, before: number, after?: number): boolean
  /** Whether the conversation, not the text, is about `topic`. */
  talkedAbout(topic: Topic): boolean
}

const none: ReadonlySet<Topic> = new Set()

export function scan(text: string, { languageCode, label = '', talk }: Surroundings): Scanned {
  const { runs, otherWords } = digitRunsOf(text, numberWordsOf(languageCode))
  const mentions = mentionsIn(text)
  const labelled = mentionsIn(label)
  const topics = talk?.topics ?? none
  return {
    text,
    runs,
    otherWords,
    carried: talk?.carried ?? '',
    isTalk: talk !== undefined,
    isCold: talk?.isCold ?? false,
    about: (topic) => topics.has(topic) || (label !== '' && labelled.of(topic)) || mentions.of(topic),
    near: (topic, { begin, end }, before, after) => (label !== '' && labelled.of(topic)) || mentions.near(topic, begin, end, before, after),
    talkedAbout: (topic) => topics.has(topic),
  }
}
