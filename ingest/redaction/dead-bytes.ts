import { decodeUtf8, parseJson } from '#kernel/json'
import { KEPT_BYTES } from '../dead-letter.ts'
import { findHits } from './detectors.ts'
import { redactJson, type Redacting } from './payload.ts'
import { scan } from './scanned.ts'

const encoder = new TextEncoder()
const MASK = 0x2a
/** A number that the cut goes through. */
const BEYOND = 64

/**
 * The bytes of a message that cannot be taken in, as far as they are kept. JSON is searched as a message is, so that it can be
 * taken in later; anything else as text, byte by byte, which finds what is written in ASCII and not in escapes.
 */
export function redactBytes(bytes: Uint8Array, how: Redacting): Uint8Array {
  const text = bytes.byteLength <= KEPT_BYTES ? decodeUtf8(bytes) : undefined
  const parsed = text === undefined ? undefined : parseJson(text)
  if (parsed?.ok) {
    const hidden = redactJson(parsed.value, 'text', how)
    return hidden === parsed.value ? bytes : encoder.encode(JSON.stringify(hidden))
  }
  const ascii = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, KEPT_BYTES + BEYOND)).toString('latin1')
  const hits = findHits(scan(ascii, { languageCode: how.languageCode }), how.detectors)
  if (hits.length === 0) return bytes
  how.found(hits)
  const masked = bytes.slice()
  for (const { begin, end } of hits) masked.fill(MASK, begin, end)
  return masked
}
