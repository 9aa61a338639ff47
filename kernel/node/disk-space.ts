import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const PROBE_BYTES = 1024 * 1024

/**
 * Throws the system's error when `dir` has no room for a megabyte. Files that are written through memory (LMDB's) must not be begun
 * without: a page that finds no room when it is touched ends the process with SIGBUS, where a write would have failed.
 */
export function probeSpace(dir: string): void {
  const probe = join(dir, '.space-probe')
  try {
    writeFileSync(probe, Buffer.alloc(PROBE_BYTES))
  } finally {
    rmSync(probe, { force: true })
  }
}
