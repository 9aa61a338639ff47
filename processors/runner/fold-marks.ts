import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Remembers, past the end of the process, which record each partition of a lane is folding. A record that ends the process every time
 * (a native fault, a loop without end and an outside kill) can then be set aside like one that throws. Survives a kill, not a power cut:
 * it counts deaths, no correctness rests on it.
 */
export interface FoldMarks {
  /** The record that was being folded when a process ended the last time, and in how many ends in a row it was that one. */
  lastEnd(partition: number): { offset: number; ends: number } | undefined
  enter(partition: number, offset: number): void
  /** No record is being folded. */
  leave(partition: number): void
}

export const noFoldMarks: FoldMarks = { lastEnd: () => undefined, enter: () => undefined, leave: () => undefined }

const SLOT_BYTES = 24
const NONE = -1

/** One small file for each lane, a slot for each partition: record being folded, record of the last end, ends in a row. */
export function openFoldMarks(dir: string, lane: string, partitionCount: number): FoldMarks {
  mkdirSync(dir, { recursive: true })
  const file = join(dir, lane)
  const fd = openSync(file, 'a')
  closeSync(fd)
  const slots = openSync(file, 'r+')
  const before = new Float64Array(partitionCount * 3).fill(NONE)
  if (fstatSync(slots).size === before.byteLength) readSync(slots, before, 0, before.byteLength, 0)
  for (let p = 0; p < partitionCount; p++) {
    const folding = before[p * 3]!
    if (folding === NONE) continue
    before[p * 3 + 2] = before[p * 3 + 1] === folding ? before[p * 3 + 2]! + 1 : 1
    before[p * 3 + 1] = folding
    before[p * 3] = NONE
  }
  // All of it at once: from now on a full disk does not matter.
  writeSync(slots, before, 0, before.byteLength, 0)
  const cell = new Float64Array(1)
  const write = (partition: number, value: number): void => {
    cell[0] = value
    writeSync(slots, cell, 0, 8, partition * SLOT_BYTES)
  }
  return {
    lastEnd(partition) {
      const [offset, ends] = [before[partition * 3 + 1]!, before[partition * 3 + 2]!]
      return offset === NONE ? undefined : { offset, ends }
    },
    enter: write,
    leave: (partition) => write(partition, NONE),
  }
}
