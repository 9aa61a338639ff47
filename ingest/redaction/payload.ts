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
const MIN_PAYMENT_CHARS = 13
const MIN_CARD = 1e12

/** The same value where nothing is to be hidden, else a copy: what came in is left as it is. */
export function redactJson(value: Json, level: Level, how: Redacting, label = ''): Json {
  if (level === 'keep' || value === null || typeof value === 'boolean') return value
  if (typeof value === 'string') return redactText(value, level, how, label)
  if (typeof value === 'number') return redactNumber(value, how)
  if (Array.isArray(value)) {
    const items = value.map((item) => redactJson(item, level, how, label))
    return items.some((item, i) => item !== value[i]) ? items : value
  }
  return redactObject(value, level, how)
}

function redactObject(value: JsonObject, level: Level, how: Redacting): JsonObject {
  const judged = how.judged.get(value)
  const before = judged && (value[judged.member] as string)
  const after = judged && hide(before!, judged.hits, how.mode)
  const changed: JsonObject = {}
  let isChanged = false
  for (const [name, member] of Object.entries(value)) {
    const isJudged = name === judged?.member
    const hidden = isJudged ? after! : redactJson(member, levelOf(name, member, level), how, labelOf(name))
    changed[name] = hidden
    isChanged ||= hidden !== member
  }
  if (!isChanged) return value
  if (judged && before !== after) followOffsets(changed, value, { before: before!, after: after!, mode: how.mode })
  return changed
}

function redactText(text: string, level: Level, { mode, detectors, languageCode, found }: Redacting, label: string): string {
  if (text.length < (level === 'payment' ? MIN_PAYMENT_CHARS : MIN_CHARS)) return text
  const asked = level === 'payment' ? detectors.filter(({ isPayment }) => isPayment) : detectors
  const hits = findHits(scan(text, { languageCode, label }), asked)
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
