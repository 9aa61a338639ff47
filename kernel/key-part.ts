import { murmur2 } from './partition.ts'

const encoder = new TextEncoder()
const LONGEST = 240
const PLAIN = /^[\w.-]*$/

/**
 * A text as one part of a key of the log: "/" only divides parts, broken surrogates do no harm, and the length is bounded. A text too
 * long is cut and told apart by a hash, so it cannot be read back.
 */
export function toKeyPart(text: string): string {
  // Most are plain ids.
  if (text.length <= LONGEST && PLAIN.test(text)) return text
  const escaped = encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'))
  if (escaped.length <= LONGEST) return escaped
  const bytes = encoder.encode(escaped)
  const hash = [bytes, bytes.toReversed()].map((b) => (murmur2(b) >>> 0).toString(16).padStart(8, '0')).join('')
  return `${escaped.slice(0, LONGEST - 17)}~${hash}`
}
