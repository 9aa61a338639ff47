import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { isCardNumber } from './cards.ts'
import { findHits, type Detector, type Hit } from './detectors.ts'
import { labelOf, levelOf, type Level } from './fields.ts'
import { hide, type RedactionMode } from './hide.ts'
import { scan } from './scanned.ts'

/** A text that was judged as part of its conversation: the object that holds it, under which name, and what to hide. */
export interface Judged {
  member: string
  hits: readonly Hit[]
}

export interface Redacting {
  mode: RedactionMode
  detectors: readonly Detector[]
  languageCode: string | null
  judged: ReadonlyMap<JsonObject, Judged>
  found(hits: readonly Hit[]): void
}

/** Less than this holds nothing worth hiding. */
const MIN_CHARS = 3
/** Long enough and with digits: nobody reads a card number out in the name of a queue. */
const PAYMENT = /^(?=.*\p{Nd})[^]{13}/su
const MIN_CARD = 1e12

/** The same value where nothing is to be hidden, else a copy: what came in is left as it is. `name`: of the member it is. */
export function redactJson(value: Json, level: Level, how: Redacting, name = ''): Json {
  if (level === 'keep' || value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return redactText(value, level, how, name)
  if (typeof value === 'number') return redactNumber(value, how)
  return Array.isArray(value) ? redactArray(value, level, how, name) : redactObject(value, level, how)
}

function redactArray(value: Json[], level: Level, how: Redacting, name: string): Json[] {
  let changed: Json[] | undefined
  for (const [i, item] of value.entries()) {
    const hidden = redactJson(item, level, how, name)
    if (hidden !== item) (changed ??= [...value])[i] = hidden
  }
  return changed ?? value
}

function redactObject(value: JsonObject, level: Level, how: Redacting): JsonObject {
  const judged = how.judged.get(value)
  let changed: JsonObject | undefined
  for (const name of Object.keys(value)) {
    const member = value[name]!
    const hidden =
      name === judged?.member ? hide(member as string, judged.hits, how.mode) : redactJson(member, levelOf(name, member, level), how, name)
    if (hidden !== member) (changed ??= { ...value })[name] = hidden
  }
  if (!changed) return value
  const [before, after] = judged ? [value[judged.member] as string, changed[judged.member] as string] : ['', '']
  if (before !== after) followOffsets(changed, value, { before, after, mode: how.mode })
  return changed
}

function redactText(text: string, level: Level, { mode, detectors, languageCode, found }: Redacting, name: string): string {
  if (text.length < MIN_CHARS || (level === 'payment' && !PAYMENT.test(text))) return text
  const asked = level === 'payment' ? detectors.filter(({ isPayment }) => isPayment) : detectors
  const hits = findHits(scan(text, { languageCode, label: labelOf(name) }), asked)
  if (hits.length === 0) return text
  found(hits)
  return hide(text, hits, mode)
}

/** A number stays a number, because masking never changes a type. */
function redactNumber(value: number, { found }: Redacting): number {
  if (value < MIN_CARD || !Number.isSafeInteger(value) || !isCardNumber(String(value))) return value
  found([{ begin: 0, end: 0, detector: 'card' }])
  return 0
}

/** Lists beside a text that tell offsets into it. */
const offsetLists = ['IssuesDetected', 'OutcomesDetected', 'ActionItemsDetected', 'Redaction']

interface Rewritten {
  before: string
  after: string
  mode: RedactionMode
}

/** What quotes the text by offsets quotes it as it is now; into a text that was dropped no offset leads anywhere. */
function followOffsets(changed: JsonObject, original: JsonObject, text: Rewritten): void {
  for (const name of offsetLists) {
    const items = original[name]
    if (text.mode === 'drop') delete changed[name]
    else if (Array.isArray(items)) changed[name] = items.map((item, i) => requote(item, (changed[name] as Json[])[i]!, text))
  }
}

function requote(original: Json, changed: Json, { before, after }: Rewritten): Json {
  if (!isJsonObject(original) || !isJsonObject(changed) || !isJsonObject(original['CharacterOffsets'])) return changed
  const { BeginOffsetChar: begin, EndOffsetChar: end } = original['CharacterOffsets']
  if (typeof begin !== 'number' || typeof end !== 'number') return changed
  return before.slice(begin, end) === original['Text'] ? { ...changed, Text: after.slice(begin, end) } : changed
}
