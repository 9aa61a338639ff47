/** Keys of the tables. Big-endian, so that byte order is the order we read in. */

/** partition (u16) | offset (u48): the key of a record or of a change. */
export function offsetKey(partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(8)
  key.writeUInt16BE(partition, 0)
  key.writeUIntBE(offset, 2, 6)
  return key
}

/** partition (u16) | key (UTF-8): the key of a table's row. */
export function rowKey(partition: number, keyBytes: Uint8Array): Buffer {
  const key = Buffer.allocUnsafe(2 + keyBytes.length)
  key.writeUInt16BE(partition, 0)
  key.set(keyBytes, 2)
  return key
}

/** ingestTime (u48) | partition (u16) | offset (u48): tombstones by age. */
export function tombstoneKey(ingestTime: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(14)
  key.writeUIntBE(Math.max(0, Math.floor(ingestTime)), 0, 6)
  key.writeUInt16BE(partition, 6)
  key.writeUIntBE(offset, 8, 6)
  return key
}

/** The smallest key above every key that begins with `prefix`. A partition is below 0xffff, so there is one. */
export function keyAfterPrefix(prefix: Uint8Array): Buffer {
  const end = Buffer.from(prefix)
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i]! < 0xff) {
      end[i]!++
      return end.subarray(0, i + 1)
    }
  }
  return Buffer.alloc(2, 0xff)
}

export function headKey(topic: string, partition: number): string {
  return `${topic}\0${partition}`
}

/** Numbers as eight bytes each: values of the small tables. */
export function encodeNumbers(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(numbers.length * 8)
  numbers.forEach((number, i) => bytes.writeDoubleLE(number, i * 8))
  return bytes
}

export function decodeNumbers(bytes: Uint8Array): number[] {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.length >> 3 }, (_, i) => view.readDoubleLE(i * 8))
}
