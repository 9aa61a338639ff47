import type { SourceStatus } from '#contracts/live'

/** How old a source's newest event is, and what that means. */
export interface SourceAge {
  name: string
  kind: string
  label: string
  ageSeconds: number | null
  level: 'none' | 'amber' | 'red'
  word: string
}

interface Rule {
  label: string
  amberSeconds: number
  redSeconds: number
  /** Agents send heart beats; the others speak only when something happens, so silence means something only while there is work. */
  heartBeat: boolean
}

const rules: Readonly<Record<string, Rule>> = {
  'agent-events': { label: 'Agents', amberSeconds: 150, redSeconds: 300, heartBeat: true },
  'contact-events': { label: 'Contacts', amberSeconds: 10, redSeconds: 60, heartBeat: false },
  'contact-lens': { label: 'Words', amberSeconds: 10, redSeconds: 60, heartBeat: false },
  // A record comes about a minute after its contact is over.
  'contact-records': { label: 'Records', amberSeconds: 120, redSeconds: 600, heartBeat: false },
}
const otherRule = (name: string): Rule => ({ label: name, amberSeconds: 10, redSeconds: 60, heartBeat: false })

/** The server names sources for people: `Agent events`. */
const kindOf = (name: string): string => name.toLowerCase().replaceAll(' ', '-')

/** Conversations in progress from which on a contact-driven source cannot reasonably be quiet. */
export const BUSY_FROM = 10

/** `preparing`: the past is being played, so an old event is no fault. */
export function judgeSource(source: SourceStatus, inProgress: number, preparing = false): SourceAge {
  const kind = kindOf(source.name)
  const rule = rules[kind] ?? otherRule(source.name)
  const age = source.ageSeconds
  const base = { name: source.name, kind, label: rule.label, ageSeconds: age }
  if (age === null) return { ...base, level: 'none', word: 'no data yet' }
  if (preparing || age < rule.amberSeconds) return { ...base, level: 'none', word: '' }
  if (!rule.heartBeat && inProgress < BUSY_FROM) return { ...base, level: 'none', word: 'quiet' }
  return age < rule.redSeconds ? { ...base, level: 'amber', word: 'late' } : { ...base, level: 'red', word: 'silent' }
}

/** Whose figures stand still when this source does. */
const feeds: Readonly<Record<string, readonly TileGroup[]>> = {
  'agent-events': ['agents'],
  'contact-events': ['contacts'],
  'contact-records': ['contacts'],
  'contact-lens': ['words'],
}
export type TileGroup = 'agents' | 'contacts' | 'words'
const everything: readonly TileGroup[] = ['agents', 'contacts', 'words']

export function groupsWithoutData(ages: readonly SourceAge[]): TileGroup[] {
  const groups = ages.filter((a) => a.level === 'red').flatMap((a) => feeds[a.kind] ?? everything)
  return [...new Set(groups)].toSorted()
}
