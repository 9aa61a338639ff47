import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Starts in a row without a close after which a file may be what kills its reader, rather than somebody killing the process. */
const SUSPICIOUS_STARTS = 3

export interface StartCounter {
  /** Whether so many starts did not end in a close that every page should be looked at. */
  readonly isSuspicious: boolean
  /** The files were opened. If they were suspected, they are cleared now. */
  opened(): void
  /** The start failed with an error: it kills nobody and does not count. */
  failed(): void
  closed(): void
}

/** Counts this start in a file of `dir`; a process that dies leaves the count behind. */
export function countStart(dir: string): StartCounter {
  const path = join(dir, 'unclosed-starts')
  let before = 0
  try {
    before = Number(readFileSync(path, 'utf8')) || 0
  } catch {
    // Closed the last time, or never opened.
  }
  const write = (count: number): void => writeFileSync(path, String(count), { flush: true })
  write(before + 1)
  const isSuspicious = before >= SUSPICIOUS_STARTS
  return {
    isSuspicious,
    opened() {
      if (isSuspicious) write(1)
    },
    failed: () => write(before),
    closed: () => rmSync(path, { force: true }),
  }
}
