import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { CallboardError, messageOf } from '../errors.ts'
import { whyNoSpace } from './disk-space.ts'

export const LOCK_FILE = 'callboard.lock'

/** Makes the folder and takes ownership of it for this process; the returned function gives it back. One process owns a data folder. */
export function ownDataDir(dir: string): () => void {
  try {
    makeFolder(resolve(dir))
  } catch (error) {
    throw new CallboardError('SETTING_INVALID', `DATA_DIR ${dir} cannot be made: ${messageOf(error)}`, { cause: error })
  }
  const file = join(dir, LOCK_FILE)
  const mine = `${process.pid} ${startOf(process.pid) ?? ''}`
  // Twice: once to find a file left by a process that is gone, once to take its place.
  for (let round = 0; round < 2; round++) {
    try {
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 })
      const release = (): void => {
        if (read(file) === mine) rmSync(file, { force: true })
      }
      requireSpace(dir, release)
      return release
    } catch (error) {
      if (error instanceof CallboardError) throw error
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        throw new CallboardError('SETTING_INVALID', `DATA_DIR ${dir} cannot be written: ${messageOf(error)}`, { cause: error })
      }
    }
    const owner = ownerOf(file)
    if (owner !== undefined)
      throw new CallboardError('DATA_DIR_IN_USE', `DATA_DIR ${dir} is in use by process ${owner}`, { details: { pid: owner } })
    rmSync(file, { force: true })
  }
  throw new CallboardError('DATA_DIR_IN_USE', `DATA_DIR ${dir} was taken by another process at this moment`)
}

function requireSpace(dir: string, release: () => void): void {
  const reason = whyNoSpace(dir)
  if (reason === undefined) return
  release()
  throw new CallboardError('SETTING_INVALID', `DATA_DIR has no room to start: ${reason}. Free some space, or choose another folder`)
}

/** Level by level: Node's recursive mkdir never returns where a file system answers ENOENT for a parent that exists (/proc). */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return
  makeFolder(dirname(dir))
  mkdirSync(dir, { mode: 0o700 })
}

/** Process id of the living owner; a number that was given to another process since does not count. */
function ownerOf(file: string): number | undefined {
  const [pid, start] = (read(file) ?? '').split(' ')
  const owner = Number(pid)
  if (!Number.isInteger(owner) || owner <= 0) return undefined
  try {
    process.kill(owner, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  const now = startOf(owner)
  return start !== '' && now !== undefined && now !== start ? undefined : owner
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** Start time of a process in clock ticks since boot, where the system tells (Linux). */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`)
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
}
