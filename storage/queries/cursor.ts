import { CallboardError } from '#kernel/errors'

/** Cursors are opaque to callers: base64url of the values of the last row, which the next page starts after. */
export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/** The values of a cursor, checked against the expected types. Throws REQUEST_INVALID. */
export function decodeCursor(cursor: string, types: readonly ('string' | 'number')[]): (string | number)[] {
  const values = parse(cursor)
  if (!Array.isArray(values) || values.length !== types.length || !values.every((value, i) => typeof value === types[i]))
    throw invalidCursor()
  return values as (string | number)[]
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    throw invalidCursor()
  }
}

function invalidCursor(): CallboardError {
  return new CallboardError('REQUEST_INVALID', 'The cursor is not one that this list gave.', { details: { path: 'cursor' } })
}
