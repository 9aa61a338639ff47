import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock } from '../clock.ts'
import { CallboardError, messageOf } from '../errors.ts'

/** What the files of a data folder look like. Greater when an older version could not read, or would harm, what this one writes. */
export const DATA_FORMAT = 2

const FORMAT_FILE = 'format.json'
/** There while a restore fills the folder. */
export const RESTORING_FILE = 'restore-not-finished'
const KEPT_FOLDER = 'before-upgrade'

export interface DataFormat {
  format: number
  /** Version of Callboard that brought the folder to this format. */
  version: string
  at: string
}

/** One step up. Everything it touches is copied first; it may run again after a crash in the middle. */
interface Step {
  to: number
  touches: readonly string[]
  run(dir: string): void
}

/** 2: the log holds marks of redriven dead letters (`callboard.redrives`), and slices when they were read. Both are made when they are needed. */
const steps: readonly Step[] = [{ to: 2, touches: ['log/state'], run: () => {} }]

/**
 * To be called by the owner of the folder before anything in it is opened. A folder of a newer version is refused and left as it
 * is; an older one is brought up step by step, after a copy of what changes was put into `before-upgrade/`. Returns what it did.
 */
export function openDataFormat(
  dir: string,
  deps: { version: string; clock: Clock; format?: number; steps?: readonly Step[] },
): { from: number; to: number; keptIn: string | null } {
  const { version, clock, format = DATA_FORMAT } = deps
  if (existsSync(join(dir, RESTORING_FILE)))
    throw new CallboardError('DATA_DIR_FORMAT', `A restore into ${dir} was not finished: empty the folder and restore again.`)
  const found = readFormat(dir)
  const at = found?.format ?? (existsSync(join(dir, 'log')) ? 1 : format)
  if (at > format)
    throw new CallboardError(
      'DATA_DIR_FORMAT',
      `The data folder ${dir} has format ${at}, written by Callboard ${found?.version ?? '?'}; this version (${version}) reads format ${format}. ` +
        `Start that version or a newer one, or restore a backup made before the upgrade (see ${join(dir, KEPT_FOLDER)}).`,
      { details: { found: at, known: format } },
    )
  const due = (deps.steps ?? steps).filter(({ to }) => to > at && to <= format)
  const keptIn = due.length > 0 ? keepCopies(dir, at, due, clock.now()) : null
  for (const step of due) step.run(dir)
  if (found?.format !== format) writeFormat(dir, { format, version, at: new Date(clock.now()).toISOString() })
  return { from: at, to: format, keptIn }
}

export function writeFormat(dir: string, value: DataFormat): void {
  const file = join(dir, FORMAT_FILE)
  writeFileSync(`${file}.new`, `${JSON.stringify(value)}\n`, { flush: true })
  renameSync(`${file}.new`, file)
}

function readFormat(dir: string): DataFormat | undefined {
  const file = join(dir, FORMAT_FILE)
  if (!existsSync(file)) return undefined
  try {
    const value = JSON.parse(readFileSync(file, 'utf8')) as DataFormat
    if (!Number.isInteger(value.format)) throw new Error('it names no format')
    return value
  } catch (error) {
    throw new CallboardError('DATA_DIR_FORMAT', `${file} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

function keepCopies(dir: string, from: number, due: readonly Step[], now: number): string {
  const kept = join(dir, KEPT_FOLDER, `format-${from}-${new Date(now).toISOString().slice(0, 19).replaceAll(':', '')}`)
  for (const path of new Set(due.flatMap(({ touches }) => touches))) {
    if (!existsSync(join(dir, path))) continue
    mkdirSync(dirname(join(kept, path)), { recursive: true })
    cpSync(join(dir, path), join(kept, path), { recursive: true, filter: (file) => !file.endsWith('lock.mdb') })
  }
  mkdirSync(kept, { recursive: true })
  return kept
}
