import type { WireEvent } from '../stream.ts'

const LF = Buffer.from('\n')
/** Lone halves only: with `u` a pair counts as one character. */
const escapedByte = /[\uDC80-\uDCFF]/u
const escapedBytes = /[\uDC80-\uDCFF]+/gu

/**
 * The message as its source sends it. In text a lone U+DC80–U+DCFF stands for the byte 0x80–0xFF (Python's "surrogateescape"), so
 * that a broken message can hold bytes that are no UTF-8.
 */
export function toBytes({ payload }: WireEvent): Buffer {
  if (typeof payload !== 'string') return Buffer.from(JSON.stringify(payload))
  if (!escapedByte.test(payload)) return Buffer.from(payload)
  const parts: Buffer[] = []
  let from = 0
  for (const match of payload.matchAll(escapedBytes)) {
    parts.push(Buffer.from(payload.slice(from, match.index)))
    parts.push(Buffer.from(Array.from(match[0], (half) => half.charCodeAt(0) - 0xdc00)))
    from = match.index + match[0].length
  }
  parts.push(Buffer.from(payload.slice(from)))
  return Buffer.concat(parts)
}

/** One message a line. */
export const toLines = (messages: readonly Uint8Array[]): Buffer<ArrayBuffer> => Buffer.concat(messages.flatMap((message) => [message, LF]))
