import { crc32 } from 'node:zlib'
import { CallboardError } from '#kernel/errors'
import { decodeHeaders, type EncodedEntry } from '../entries.ts'
import type { LogRecord } from '../port.ts'

/*
 * A stored record: crc32 of the rest (u32) | offset (f64) | ingestTime (f64) | flags (u8) | key length (u16) | header length (u32)
 * | key | headers | value. The checksum finds a damaged page that LMDB itself does not look into.
 */
const FIXED_BYTES = 27
const TOMBSTONE = 1

export function frameBytes(entry: EncodedEntry): number {
  return FIXED_BYTES + entry.bytes
}

/** Writes the frame into `target` at `at` and returns it as a view. */
export function writeFrame(target: Buffer, at: number, entry: EncodedEntry, offset: number, ingestTime: number): Buffer {
  const frame = target.subarray(at, at + frameBytes(entry))
  frame.writeDoubleLE(offset, 4)
  frame.writeDoubleLE(ingestTime, 12)
  frame[20] = entry.value === null ? TOMBSTONE : 0
  frame.writeUInt16LE(entry.keyBytes.length, 21)
  frame.writeUInt32LE(entry.headerBytes.length, 23)
  frame.set(entry.keyBytes, FIXED_BYTES)
  frame.set(entry.headerBytes, FIXED_BYTES + entry.keyBytes.length)
  if (entry.value) frame.set(entry.value, FIXED_BYTES + entry.keyBytes.length + entry.headerBytes.length)
  frame.writeUInt32LE(crc32(frame.subarray(4)), 0)
  return frame
}

/** Throws LOG_CORRUPT when the bytes are not what was written. The record's value is a view into `bytes`. */
export function readFrame(bytes: Uint8Array, topic: string, partition: number): LogRecord {
  const frame = bufferOf(bytes)
  if (frame.length < FIXED_BYTES || crc32(frame.subarray(4)) !== frame.readUInt32LE(0)) throw damaged(topic, partition)
  const headersAt = FIXED_BYTES + frame.readUInt16LE(21)
  const valueAt = headersAt + frame.readUInt32LE(23)
  return {
    key: frame.toString('utf8', FIXED_BYTES, headersAt),
    value: isTombstone(frame) ? null : frame.subarray(valueAt),
    headers: decodeHeaders(frame.toString('latin1', headersAt, headersAt + 2) === '[]' ? '[]' : frame.toString('utf8', headersAt, valueAt)),
    offset: frame.readDoubleLE(4),
    partition,
    ingestTime: frame.readDoubleLE(12),
  }
}

export function offsetOf(frame: Uint8Array): number {
  return bufferOf(frame).readDoubleLE(4)
}

export function ingestTimeOf(frame: Uint8Array): number {
  return bufferOf(frame).readDoubleLE(12)
}

export function isTombstone(frame: Uint8Array): boolean {
  return (frame[20]! & TOMBSTONE) !== 0
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function damaged(topic: string, partition: number): CallboardError {
  return new CallboardError('LOG_CORRUPT', `A record of ${topic}/${partition} is damaged on disk.`, { details: { topic, partition } })
}
