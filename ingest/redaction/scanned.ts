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
  /** The same for the text as it is when some of it is hidden. */
  when(text: string): Scanned
}

/** Contact ids and the like: hexadecimal, so that their digits are no number. */
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/gi
const none: ReadonlySet<Topic> = new Set()

export function scan(text: string, surroundings: Surroundings): Scanned {
  const { languageCode, label = '', talk } = surroundings
  const { runs: all, otherWords } = digitRunsOf(text, numberWordsOf(languageCode))
  const uuids = text.length < 36 || all.length === 0 ? [] : [...text.matchAll(UUID)].map(({ index }) => ({ begin: index, end: index + 36 }))
  const runs = uuids.length === 0 ? all : all.filter((run) => !uuids.some(({ begin, end }) => begin <= run.begin && run.end <= end))
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
    when: (other) => scan(other, surroundings),
  }
}
