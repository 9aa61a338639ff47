import { createHash } from 'node:crypto'

/**
 * Records that the Kinesis Producer Library packed into one: 4 bytes of magic, a protobuf message, 16 bytes of MD5 over it. Amazon
 * Connect does not pack; producers that publish its streams again may. Fields: 1 partition keys, 2 explicit hash keys, 3 records, each with
 * its payload in field 3.
 */
const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const MD5_BYTES = 16
const RECORDS_FIELD = 3
const DATA_FIELD = 3

/** `plain`: not packed. `damaged`: it begins like one that is, but cannot be unpacked. */
export type Unpacked = { kind: 'plain' } | { kind: 'packed'; payloads: readonly Uint8Array[] } | { kind: 'damaged'; message: string }

/** All payloads, those too whose hash key lies in another shard: a producer sends these again, and a repeat has no effect. */
export function unpackAggregate(bytes: Uint8Array): Unpacked {
  if (bytes.byteLength < MAGIC.length + MD5_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return { kind: 'plain' }
  const body = bytes.subarray(MAGIC.length, -MD5_BYTES)
  if (!createHash('md5').update(body).digest().equals(bytes.subarray(-MD5_BYTES)))
    return { kind: 'damaged', message: 'begins like a KPL aggregate, but its MD5 does not match' }
  const payloads: Uint8Array[] = []
  const records = fieldsOf(body)
  if (records === undefined) return broken
  for (const record of records) {
    if (record.number !== RECORDS_FIELD) continue
    const payload = fieldsOf(record.bytes)?.findLast(({ number }) => number === DATA_FIELD)
    if (payload === undefined) return broken
    payloads.push(payload.bytes)
  }
  return { kind: 'packed', payloads }
}

const broken: Unpacked = { kind: 'damaged', message: 'a KPL aggregate that is not the protobuf message it should be' }

/** The fields of a protobuf message; of numbers only the field's number matters here. Undefined where it cannot be read. */
function fieldsOf(message: Uint8Array): { number: number; bytes: Uint8Array }[] | undefined {
  const fields: { number: number; bytes: Uint8Array }[] = []
  let at = 0
  /** Undefined: cut off, or longer than any number. */
  const varint = (): number | undefined => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return undefined
  }
  /** Bytes that a field of this wire type takes from here; a number of type 0 is read over. */
  const lengthOf = (wire: number): number | undefined => {
    if (wire === 0) return varint() === undefined ? undefined : 0
    return wire === 1 ? 8 : wire === 2 ? varint() : wire === 5 ? 4 : undefined
  }
  while (at < message.byteLength) {
    const tag = varint()
    const length = tag === undefined ? undefined : lengthOf(tag % 8)
    if (tag === undefined || length === undefined || at + length > message.byteLength) return undefined
    fields.push({ number: Math.floor(tag / 8), bytes: message.subarray(at, at + length) })
    at += length
  }
  return fields
}
