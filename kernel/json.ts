/** A JSON value as `JSON.parse` gives it. */
export type Json = string | number | boolean | null | Json[] | JsonObject
export type JsonObject = { [key: string]: Json }

export type JsonFault = 'invalid-utf8' | 'invalid-json' | 'too-deep' | 'forbidden-key'
export type ParsedJson = { ok: true; value: Json } | { ok: false; fault: JsonFault; message: string }

/** Deeper input is refused: recursive readers (`JSON.stringify`, `structuredClone`) overflow near 20,000. */
export const MAX_JSON_DEPTH = 64

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** The text of `bytes`, or undefined when they are not UTF-8. A leading byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Parses JSON that came from outside: depth is checked before the parse and without recursion; `__proto__` keys are refused. */
export function parseJson(text: string, maxDepth = MAX_JSON_DEPTH): ParsedJson {
  if (isDeeperThan(text, maxDepth)) return { ok: false, fault: 'too-deep', message: `nests deeper than ${maxDepth} levels` }
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch (error) {
    // The engine's own message quotes the input, which may be what somebody said.
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1]
    return { ok: false, fault: 'invalid-json', message: position === undefined ? 'is not JSON' : `is not JSON at position ${position}` }
  }
  // An escaped spelling ("\u005f…") reaches us only through a backslash, so both are worth the walk.
  if ((text.includes('__proto__') || text.includes('\\u')) && hasForbiddenKey(value))
    return { ok: false, fault: 'forbidden-key', message: 'holds the key "__proto__"' }
  return { ok: true, value }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** JSON text with keys in order, so that equal values have equal text. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item)}`
    return `[${text}]`
  }
  for (const key of Object.keys(value).sort())
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value[key] ?? null)}`
  return `{${text}}`
}

function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c === 0x22) {
      i = endOfString(text, i)
      // Not JSON; the parse says where.
      if (i === -1) return false
    } else if (c === 0x7b || c === 0x5b) {
      if (++depth > limit) return true
    } else if (c === 0x7d || c === 0x5d) depth--
  }
  return false
}

/** Where the string that begins at `start` ends: most of a text is strings, and a search is faster than a look at each character. */
function endOfString(text: string, start: number): number {
  let end = start
  do end = text.indexOf('"', end + 1)
  while (end !== -1 && isEscaped(text, end))
  return end
}

function isEscaped(text: string, at: number): boolean {
  let before = at
  while (text.charCodeAt(before - 1) === 0x5c) before--
  return (at - before) % 2 === 1
}

function hasForbiddenKey(root: Json): boolean {
  const open: Json[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    if (!Array.isArray(value) && Object.hasOwn(value, '__proto__')) return true
    for (const child of Object.values(value)) open.push(child)
  }
  return false
}

/** Whether two JSON values hold the same. Cheaper than comparing their texts, and the order of members does not matter. */
export function isEqualJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isEqualJson(item, b[i]))
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  let members = 0
  for (const key in left) {
    members++
    if (!isEqualJson(left[key], right[key])) return false
  }
  for (const _ in right) members--
  return members === 0
}
