import { statfsSync } from 'node:fs'

const MIB = 1024 * 1024
/** Kept free for what others write between a look and a write of ours. */
const RESERVE_BYTES = 64 * MIB

/** Bytes that the file system of `dir` still takes from us. */
function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return bavail * bsize
}

/** Why `dir` has no room for `bytes` besides the reserve; undefined when it has. */
export function whyNoSpace(dir: string, bytes = 0): string | undefined {
  const free = freeBytes(dir)
  if (free >= RESERVE_BYTES + bytes) return undefined
  return `${Math.floor(free / MIB)} MB are left on the disk of ${dir}, and ${RESERVE_BYTES / MIB} MB are kept free`
}
