import type { AlertRow, Row } from '#contracts/rows'
import type { Telemetry } from '#kernel/telemetry'
import type { LogRecord } from '#log/port'

type Kind = (Row | AlertRow)['kind']
type RowOf<K extends Kind> = Extract<Row | AlertRow, { kind: K }>

/** The row of this kind that a record holds; undefined for a tombstone, and, counted, for what is no such row. */
export function readRow<K extends Kind>(kind: K, record: LogRecord, telemetry: Telemetry): RowOf<K> | undefined {
  if (record.value === null) return undefined
  try {
    const row = JSON.parse(Buffer.from(record.value).toString('utf8')) as Row | AlertRow
    if (row.kind === kind) return row as RowOf<K>
  } catch {
    // Counted below: rows are written by our own folds, so this is a fault, but not one that should stop the others.
  }
  telemetry.count('api_rows_unreadable_total', { kind })
  return undefined
}

/** Parts of a key in `callboard.rows` (see `rowIds`): ids are escaped there, so "/" only divides. */
export function partsOf(key: string): readonly string[] {
  return key.split('/').map(decode)
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
