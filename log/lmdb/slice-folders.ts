import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CallboardError, messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import { makeEnvironment, syncFolder } from './environment.ts'

/** What a slice says of itself. `bases` and `times` are, per topic and partition, end and last ingest time where it begins. */
export interface Manifest {
  createdAt: number
  bases: Record<string, number[]>
  times: Record<string, number[]>
}

export interface SliceFolder extends Manifest {
  /** Running number and the hour it began, `00000042-2025-01-06T10`: sorted by name they are in order. */
  name: string
  /** When every lane had read all of it, as far as somebody looked; epoch ms. */
  readAt?: number
}

const READ_FILE = 'read-at'

/** Slices of `dir` in order. Removes what a crash left: a slice that never began, or one already given up. */
export function listSlices(dir: string): SliceFolder[] {
  const names = readdirSync(dir).toSorted()
  for (const name of names) if (name.endsWith('.new') || name.endsWith('.gone')) rmSync(join(dir, name), { recursive: true })
  return names
    .filter((name) => /^\d{8}-[^.]*$/.test(name))
    .map((name) => {
      const path = join(dir, name, 'slice.json')
      try {
        return { ...(JSON.parse(readFileSync(path, 'utf8')) as Manifest), name, ...readAtOf(join(dir, name)) }
      } catch (error) {
        throw new CallboardError('LOG_CORRUPT', `${path} cannot be read: ${messageOf(error)}`, { cause: error })
      }
    })
}

export async function makeSlice(dir: string, previous: string | undefined, manifest: Manifest): Promise<SliceFolder> {
  const number = Number(previous?.slice(0, 8) ?? 0) + 1
  const name = `${String(number).padStart(8, '0')}-${new Date(manifest.createdAt).toISOString().slice(0, 13)}`
  await makeEnvironment(join(dir, name), Object.keys(manifest.bases), async (_env, folder) =>
    writeFileSync(join(folder, 'slice.json'), JSON.stringify(manifest), { flush: true }),
  )
  return { ...manifest, name }
}

function readAtOf(folder: string): { readAt?: number } {
  const path = join(folder, READ_FILE)
  const readAt = existsSync(path) ? Number(readFileSync(path, 'utf8')) : 0
  return readAt > 0 ? { readAt } : {}
}

/** Remembers over restarts that a slice has been read; returns the moment. */
export function noteRead(dir: string, name: string, now: number): number {
  writeFileSync(join(dir, name, READ_FILE), String(now), { flush: true })
  return now
}

/** Renamed first: a crash while the files go leaves no half slice behind. Large files take their time, so it does not hold up others. */
export async function removeSlice(dir: string, name: string): Promise<void> {
  const going = join(dir, `${name}.gone`)
  renameSync(join(dir, name), going)
  syncFolder(dir)
  failpoint('CP14')
  await rm(going, { recursive: true })
}
