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
  const dueByKey = new Map<string, { entity: string; dueAt: number }>()
  let earliest: number | undefined
  const findEarliest = (): number | undefined => {
    let min: number | undefined
    for (const { dueAt } of dueByKey.values()) if (min === undefined || dueAt < min) min = dueAt
    return min
  }
  const set = (value: Uint8Array | null, key: string): void => {
    if (value === null) {
      dueByKey.delete(key)
      return
    }
    const { entity, dueAt } = JSON.parse(decoder.decode(value)) as { entity: string; dueAt: number }
    dueByKey.set(key, { entity, dueAt })
    if (earliest === undefined || dueAt < earliest) earliest = dueAt
  }
  for (const record of table.scan(`${lane}/`)) set(record.value, record.key)
  return {
    apply: (output) => set(output.value, output.key),
    nextDue: () => earliest,
    takeDue(time) {
      if (earliest === undefined || earliest > time) return []
      const due = [...dueByKey].filter(([, t]) => t.dueAt <= time).sort((a, b) => a[1].dueAt - b[1].dueAt || (a[0] < b[0] ? -1 : 1))
      for (const [key] of due) dueByKey.delete(key)
      earliest = findEarliest()
      return due.map(([, t]) => t.entity)
    },
  }
}
