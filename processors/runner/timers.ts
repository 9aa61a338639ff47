import type { LaneOutput, TableView } from '#log/port'

/** The pending timers of one lane and partition: one per entity, read from `callboard.timers`, asked in order of their time. */
export interface Timers {
  apply(output: LaneOutput): void
  nextDue(): number | undefined
  /** Entities due at or before `time`, earliest first; they are pending no longer. */
  takeDue(time: number): string[]
}

const decoder = new TextDecoder()

export function createTimers(lane: string, table: TableView): Timers {
  const dueByEntity = new Map<string, number>()
  let earliest: number | undefined
  const findEarliest = (): number | undefined => {
    let min: number | undefined
    for (const due of dueByEntity.values()) if (min === undefined || due < min) min = due
    return min
  }
  const set = (value: Uint8Array | null, key: string): void => {
    if (value === null) {
      // An entity's name is the rest of its key.
      dueByEntity.delete(decodeURIComponent(key.slice(lane.length + 1)))
      return
    }
    const { entity, dueAt } = JSON.parse(decoder.decode(value)) as { entity: string; dueAt: number }
    dueByEntity.set(entity, dueAt)
    if (earliest === undefined || dueAt < earliest) earliest = dueAt
  }
  for (const record of table.scan(`${lane}/`)) set(record.value, record.key)
  return {
    apply: (output) => set(output.value, output.key),
    nextDue: () => earliest,
    takeDue(time) {
      if (earliest === undefined || earliest > time) return []
      const due = [...dueByEntity].filter(([, at]) => at <= time).sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
      for (const [entity] of due) dueByEntity.delete(entity)
      earliest = findEarliest()
      return due.map(([entity]) => entity)
    },
  }
}
