/**
 * Times as Amazon writes them: ISO 8601, UTC, whole seconds (contact records, EventBridge `time`) or milliseconds (the rest).
 * A value at or near the epoch means "not set" (admin guide, "Amazon Connect contact events").
 */
const ISO = /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/
const SENTINEL_END = Date.UTC(1970, 0, 2)
const EARLIEST = Date.UTC(2010, 0, 1)
const END = Date.UTC(2101, 0, 1)

/** What is wrong with `text` as a moment between 2010 and 2100, or null. */
export function timestampFault(text: string): string | null {
  const match = ISO.exec(text)
  if (match === null) return 'is not an ISO 8601 timestamp'
  const ms = Date.parse(text)
  const day = Number(match[3])
  if (Number.isNaN(ms) || (day > 28 && day > daysIn(Number(match[1]), Number(match[2])))) return 'is not a real date and time'
  return ms < EARLIEST || ms >= END ? 'lies outside the years 2010 to 2100' : null
}

/** Like {@link timestampFault}, but empty text and the "not set" value are fine. */
export function optionalTimestampFault(text: string): string | null {
  return text === '' || isSentinel(text) ? null : timestampFault(text)
}

/** Epoch ms of a text that {@link timestampFault} has passed. */
export function toEpochMs(text: string): number {
  return Date.parse(text)
}

/** Epoch ms, or null for what is absent, empty or "not set". */
export function toOptionalEpochMs(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text === '') return null
  const ms = Date.parse(text)
  return Number.isNaN(ms) || ms < SENTINEL_END ? null : ms
}

function isSentinel(text: string): boolean {
  if (!ISO.test(text)) return false
  const ms = Date.parse(text)
  return ms >= 0 && ms < SENTINEL_END
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}
