import { existsSync } from 'node:fs'
import { CallboardError } from '#kernel/errors'
import type { TopicSpec } from '../port.ts'
import type { TopicHeads, TopicTables } from './draft.ts'
import { makeEnvironment, openEnvironment, type Environment, type Table } from './environment.ts'
import { decodeNumbers, encodeNumbers, headKey } from './keys.ts'

/** The environment that holds all that lanes write: compacted topics, dead letters, positions. One commit is one transaction of it. */
export interface StateStore {
  readonly env: Environment
  readonly heads: ReadonlyMap<string, TopicHeads>
  readonly positions: Map<string, number>
  readonly stored: { heads: Table; positions: Table }
}

const FORMAT = 1
const formatKey = Buffer.from('format')
const tableNamesOf = ({ name, cleanup }: TopicSpec): string[] =>
  cleanup === 'delete' ? [`records:${name}`] : [`rows:${name}`, `changes:${name}`, `tombstones:${name}`]

/** Throws LOG_CORRUPT when the folder cannot be read, SETTING_INVALID when it was made with another partition count. */
export async function openState(
  dir: string,
  topics: readonly TopicSpec[],
  config: { partitionCount: number; deep: boolean },
): Promise<StateStore> {
  const { partitionCount, deep } = config
  const tableNames = ['meta', 'heads', 'positions', ...topics.flatMap(tableNamesOf)]
  if (!existsSync(dir))
    await makeEnvironment(dir, tableNames, (env) =>
      env.write([{ table: env.table('meta'), key: formatKey, value: encodeNumbers(FORMAT, partitionCount) }]),
    )
  const env = openEnvironment(dir, tableNames, { deep })
  try {
    checkMeta(env.table('meta').getBinary(formatKey), partitionCount)
    const heads = new Map(topics.map((spec) => [spec.name, readHeads(env, spec, partitionCount)]))
    const positions = new Map<string, number>()
    for (const { key, value } of env.table('positions').getRange()) positions.set(Buffer.from(key).toString(), decodeNumbers(value)[0]!)
    return { env, heads, positions, stored: { heads: env.table('heads'), positions: env.table('positions') } }
  } catch (error) {
    await env.close()
    throw error
  }
}

function checkMeta(found: Uint8Array | undefined, partitionCount: number): void {
  const [format, count] = found ? decodeNumbers(found) : []
  if (format !== FORMAT) throw new CallboardError('LOG_CORRUPT', `The log has format ${format}; this version reads format ${FORMAT}.`)
  if (count !== partitionCount)
    throw new CallboardError(
      'SETTING_INVALID',
      `PARTITIONS is ${partitionCount}, but this log was made with ${count}. It cannot change afterwards.`,
      {
        details: { setting: 'PARTITIONS', stored: count, given: partitionCount },
      },
    )
}

function readHeads(env: Environment, spec: TopicSpec, partitionCount: number): TopicHeads {
  const head: TopicHeads = { tables: tablesOf(env, spec), ends: [], times: [] }
  for (let partition = 0; partition < partitionCount; partition++) {
    const stored = env.table('heads').getBinary(Buffer.from(headKey(spec.name, partition)))
    const [end = 0, time = 0] = stored ? decodeNumbers(stored) : []
    head.ends.push(end)
    head.times.push(time)
  }
  return head
}

function tablesOf(env: Environment, { name, cleanup }: TopicSpec): TopicTables {
  if (cleanup === 'delete') return { cleanup, records: env.table(`records:${name}`) }
  return { cleanup, rows: env.table(`rows:${name}`), changes: env.table(`changes:${name}`), tombstones: env.table(`tombstones:${name}`) }
}
