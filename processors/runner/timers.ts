import { CallboardError } from '#kernel/errors'
import { toKeyPart } from '#kernel/key-part'
import type { LaneOutput, TableView } from '#log/port'

/** The pending timers of one lane and partition: one per entity, read from `callboard.timers`, asked in order of their time. */
export interface Timers {
  apply(output: LaneOutput): void
  nextDue(): number | undefined
  /** Entities due at or before `time`, earliest first; they are pending no longer. */
  takeDue(time: number): string[]
}

const decoder = new TextDecoder()

export function timerKey(lane: string, entity: string): string {
  return `${lane}/${toKeyPart(entity)}`
}

export function createTimers(lane: string, table: TableView): Timers {
  const dueByKey = new Map<string, number>()
  let earliest: number | undefined
  const findEarliest = (): number | undefined => {
    let min: number | undefined
    for (const dueAt of dueByKey.values()) if (min === undefined || dueAt < min) min = dueAt
    return min
  }
  /** Of timers that were set since the start; the others are read when they are due. */
  const entityByKey = new Map<string, string>()
  const entityOf = (key: string): string => {
    const known = entityByKey.get(key)
    if (known !== undefined) return known
    const value = table.get(key)?.value
    if (!value) throw new CallboardError('INTERNAL', `Timer ${key} is not in the log.`)
    return parse(value).entity
  }
  const setDue = (key: string, dueAt: number): void => {
    dueByKey.set(key, dueAt)
    if (earliest === undefined || dueAt < earliest) earliest = dueAt
  }
  for (const { key, value } of table.scan(`${lane}/`)) if (value) setDue(key, dueAtOf(value))
  return {
    apply({ key, value }) {
      if (value === null) {
        dueByKey.delete(key)
        entityByKey.delete(key)
        return
      }
      const { entity, dueAt } = parse(value)
      entityByKey.set(key, entity)
      setDue(key, dueAt)
    },
    nextDue: () => earliest,
    takeDue(time) {
      if (earliest === undefined || earliest > time) return []
      const due = [...dueByKey].filter(([, dueAt]) => dueAt <= time).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
      const entities = due.map(([key]) => entityOf(key))
      for (const [key] of due) {
        dueByKey.delete(key)
        entityByKey.delete(key)
      }
      earliest = findEarliest()
      return entities
    },
  }
}

const parse = (value: Uint8Array): { entity: string; dueAt: number } =>
  JSON.parse(decoder.decode(value)) as { entity: string; dueAt: number }

/** `…"dueAt":1234}` read from its end: a start reads all timers there are, and parsing a hundred thousand takes most of its time. */
function dueAtOf(value: Uint8Array): number {
  let dueAt = 0
  let place = 1
  let at = value.length - 2
  for (; at > 0 && isDigit(value[at]!); at--, place *= 10) dueAt += (value[at]! - 0x30) * place
  return value.at(-1) === 0x7d && value[at] === 0x3a && place > 1 ? dueAt : parse(value).dueAt
}

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39
