import { isJsonObject, type Json, type JsonObject } from '#kernel/json'

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/
/** Amazon writes moments next to 1970 for "not set"; they stay. */
const FIRST_REAL_TIME = Date.UTC(2000, 0, 1)

/**
 * The same event `shiftMs` later: every ISO time moves, in its own precision. It is another event then, so its own id changes too;
 * contact and agent ids stay, so that it belongs to the same story.
 */
export function rebase(payload: JsonObject, shiftMs: number): JsonObject {
  const moved = move(payload, shiftMs) as JsonObject
  for (const id of ['EventId', 'id']) {
    if (typeof moved[id] === 'string') moved[id] = `${moved[id]}+${shiftMs}`
  }
  return moved
}

function move(value: Json, shiftMs: number): Json {
  if (typeof value === 'string') return moveTime(value, shiftMs)
  if (Array.isArray(value)) return value.map((item) => move(item, shiftMs))
  if (!isJsonObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, move(item, shiftMs)]))
}

function moveTime(text: string, shiftMs: number): string {
  if (!isoTime.test(text)) return text
  const at = Date.parse(text)
  if (!(at > FIRST_REAL_TIME)) return text
  const iso = new Date(at + shiftMs).toISOString()
  return text.includes('.') ? iso : `${iso.slice(0, 19)}Z`
}
