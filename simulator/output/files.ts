import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '#kernel/json'
import type { TruthFact, WireKind } from '../stream.ts'
import { toBytes, toLines } from './bytes.ts'
import { byKind, kindNames, type KindName, type Sink } from './sink.ts'

export interface FileSinkConfig {
  dir: string
  /** Replaces a run that the folder already holds. */
  force: boolean
  /** What `truth.json` begins with: profile, seed, startAt, knobs. Null: no truth is written. */
  truth: JsonObject | null
  /** Up to when it was simulated; asked at the end. */
  endAt: () => number
}

export interface FileSink extends Sink {
  /** Remembers a fact until the next `write`. */
  note(fact: TruthFact): void
  counts(): Readonly<Partial<Record<KindName, number>>>
}

const fileNames: Record<WireKind, string> = {
  'agent-event': 'agent-events.ndjson',
  'contact-event': 'contact-events.ndjson',
  'contact-record': 'contact-records.ndjson',
  'contact-lens': 'contact-lens.ndjson',
  'softphone-report': 'softphone-reports.ndjson',
  'queue-log': 'queue-log.txt',
}
const TRUTH = 'truth.json'
const PART = '.part'

/** A folder that holds a run already. */
export class FolderInUse extends Error {}

/**
 * One file a kind, in order of arrival, and `truth.json`. Everything is written under `<name>.part` and renamed at the end, truth last:
 * a folder with a `truth.json` holds a whole run. Memory holds one batch.
 */
export async function openFileSink({ dir, force, truth, endAt }: FileSinkConfig): Promise<FileSink> {
  await mkdir(dir, { recursive: true })
  await makeRoom(dir, force)
  const files = new Map<string, FileHandle>()
  const counts: Partial<Record<KindName, number>> = {}
  let facts: TruthFact[] = []
  let hasFacts = false

  const append = async (name: string, text: string | Uint8Array): Promise<void> => {
    const file = files.get(name) ?? (await open(join(dir, name + PART), 'wx'))
    files.set(name, file)
    // Continues where the last one ended, until everything is with the system.
    await file.writeFile(text)
  }
  const appendFacts = async (): Promise<void> => {
    const taken = facts
    facts = []
    if (truth === null || taken.length === 0) return
    const lines = taken.map((fact) => JSON.stringify(fact)).join(',\n')
    await append(TRUTH, hasFacts ? `,\n${lines}` : `\n${lines}`)
    hasFacts = true
  }
  const closeAll = async (): Promise<void> => {
    for (const file of files.values()) await file.close()
  }

  if (truth !== null) await append(TRUTH, `${JSON.stringify({ version: 1, ...truth }).slice(0, -1)},"facts":[`)
  return {
    counts: () => counts,
    note: (fact) => void (truth !== null && facts.push(fact)),
    async write(batch) {
      for (const [kind, events] of byKind(batch)) {
        await append(fileNames[kind], toLines(events.map(toBytes)))
        counts[kindNames[kind]] = (counts[kindNames[kind]] ?? 0) + events.length
      }
      await appendFacts()
    },
    async close() {
      await appendFacts()
      if (truth !== null) await append(TRUTH, `\n],"counts":${JSON.stringify(counts)},"endAt":${endAt()}}\n`)
      for (const file of files.values()) await file.sync()
      await closeAll()
      const names = [...files.keys()].filter((name) => name !== TRUTH)
      for (const name of truth === null ? names : [...names, TRUTH]) await rename(join(dir, name + PART), join(dir, name))
    },
    abandon: closeAll,
  }
}

async function makeRoom(dir: string, force: boolean): Promise<void> {
  const ours = new Set([...Object.values(fileNames), TRUTH].flatMap((name) => [name, name + PART]))
  const found = (await readdir(dir)).filter((name) => ours.has(name))
  if (found.length === 0) return
  if (!force) {
    const isWhole = found.includes(TRUTH)
    throw new FolderInUse(`${dir} already holds ${isWhole ? 'a run' : 'parts of a run'} (${found[0]})`)
  }
  for (const name of found) await rm(join(dir, name))
}
