import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SourceKind } from '../../events/envelope.ts'
import { kindsByPath } from '../../events/envelope.ts'
import { isJsonObject, parseJson, type JsonObject } from '../../kernel/json.ts'

export interface Sample {
  /** `<folder>/<name>` without `.json`, as in `agent-events/composed-01-login`. */
  name: string
  /** What the folder holds. */
  kind: SourceKind
  payload: JsonObject
}

export interface LoadedSamples {
  samples: readonly Sample[]
  /** Where third-party samples were looked for. */
  folder: string
  /** Why the third-party samples are not there; null when they are. */
  reason: string | null
}

const repository = resolve(import.meta.dirname, '../..')
const fixtures = join(repository, 'test/fixtures/samples')

/**
 * Samples composed for this project (always there) and third-party ones, which are not ours to publish: from the folder in
 * `CALLBOARD_SAMPLES`, else `../shared/samples` beside the repository.
 */
export function loadSamples(): LoadedSamples {
  const folder = process.env['CALLBOARD_SAMPLES'] ?? resolve(repository, '../shared/samples')
  const own = readFolder(fixtures)
  if (!existsSync(folder)) return { samples: own, folder, reason: `${folder} does not exist` }
  const names = new Set(own.map((sample) => sample.name))
  const others = readFolder(folder).filter((sample) => !names.has(sample.name))
  return { samples: [...own, ...others], folder, reason: others.length === 0 ? `${folder} holds no samples` : null }
}

/** The sample, or undefined when it is a third-party one that is not there; then it prints why what needs it is skipped. */
export function findSample(name: string): JsonObject | undefined {
  const { samples, folder, reason } = loadSamples()
  const found = samples.find((sample) => sample.name === name)
  if (!found) console.log(`skipped: needs the sample ${name}, which is not there (${reason ?? `not in ${folder}`})`)
  return found?.payload
}

/** A composed sample; a copy the test may change. */
export function composedSample(name: string): JsonObject {
  return readSample(join(fixtures, `${name}.json`))
}

function readFolder(root: string): Sample[] {
  return Object.entries(kindsByPath).flatMap(([part, kind]) => {
    const folder = join(root, part)
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith('.json')) : []
    return files.toSorted().map((file) => ({ name: `${part}/${file.slice(0, -5)}`, kind, payload: readSample(join(folder, file)) }))
  })
}

function readSample(path: string): JsonObject {
  const parsed = parseJson(readFileSync(path, 'utf8'))
  if (!parsed.ok || !isJsonObject(parsed.value)) throw new Error(`${path} is not a JSON object`)
  return parsed.value
}
