import type { Entry, EventLog, Lane, TopicSpec } from '#log/port'
import { eventually } from '../helpers/eventually.ts'

/** The topics every implementation is tested with. */
export const suiteTopics = {
  input: 'connect.input',
  other: 'connect.other',
  rows: 'callboard.rows',
  settings: 'callboard.settings',
  dead: 'callboard.dead-letters',
} as const
export const suiteTopicSpecs: readonly TopicSpec[] = [
  { name: suiteTopics.input, cleanup: 'delete' },
  { name: suiteTopics.other, cleanup: 'delete' },
  { name: suiteTopics.rows, cleanup: 'compact' },
  { name: suiteTopics.settings, cleanup: 'compact' },
  { name: suiteTopics.dead, cleanup: 'delete' },
]

export function text(value: Uint8Array | null | undefined): string | null {
  return value ? Buffer.from(value).toString() : null
}

export function entry(key: string, value: string | Uint8Array | null, headers: Record<string, string> = {}): Entry {
  return { key, value: typeof value === 'string' ? Buffer.from(value) : value, headers }
}

/** A lane whose partitions are all assigned. */
export async function openOwnedLane(log: EventLog, name: string, inputs: readonly string[]): Promise<{ lane: Lane; owned: Set<number> }> {
  const owned = new Set<number>()
  const lane = await log.openLane(
    { name, inputs },
    {
      assigned: async (partition) => void owned.add(partition),
      revoked: async (partition) => void owned.delete(partition),
    },
  )
  await eventually(() => owned.size === log.partitionCount, `lane ${name} owns its partitions`)
  return { lane, owned }
}
