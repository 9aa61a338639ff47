import { fromLocal, toLocal } from './window.ts'

/** Amazon's periods of GetMetricDataV2. */
export const periods = ['FIFTEEN_MIN', 'THIRTY_MIN', 'HOUR', 'DAY', 'WEEK', 'TOTAL'] as const
export type Period = (typeof periods)[number]

const MINUTES: Partial<Record<Period, number>> = { FIFTEEN_MIN: 15, THIRTY_MIN: 30, HOUR: 60 }

/**
 * Starts of the intervals that cover [start, end), epoch ms, ascending; the first is cut to `start`. Days begin at midnight in
 * `timeZone`, weeks on Monday; shorter periods are counted from midnight, so that a day of 23 or 25 hours has as many, and two equal
 * hours of the clock are two intervals. Stops after `most`.
 */
export function intervalStarts(start: number, end: number, period: Period, timeZone: string, most: number): number[] {
  if (period === 'TOTAL') return [start]
  const starts: number[] = []
  const minutes = MINUTES[period]
  for (let day = dayStart(start, timeZone, period === 'WEEK'); day < end && starts.length <= most;) {
    const next = nextDay(day, timeZone, period === 'WEEK' ? 7 : 1)
    if (minutes === undefined) add(starts, day, next, start, end)
    else for (let at = day; at < next && starts.length <= most; at += minutes * 60_000) add(starts, at, at + minutes * 60_000, start, end)
    day = next
  }
  return starts
}

function add(starts: number[], from: number, to: number, start: number, end: number): void {
  if (to > start && from < end) starts.push(Math.max(from, start))
}

/** Midnight at or before `at`, of that day or of the Monday before it. */
function dayStart(at: number, timeZone: string, ofWeek: boolean): number {
  const { year, month, day, asUtc } = toLocal(at, timeZone)
  return midnight(Date.UTC(year, month - 1, day - (ofWeek ? (new Date(asUtc).getUTCDay() + 6) % 7 : 0)), timeZone)
}

function nextDay(start: number, timeZone: string, days: number): number {
  const { year, month, day } = toLocal(start, timeZone)
  return midnight(Date.UTC(year, month - 1, day + days), timeZone)
}

/** The first moment of a day. Where the clock is put forward at midnight, that is one o'clock. */
function midnight(localAsUtc: number, timeZone: string): number {
  const at = fromLocal(localAsUtc, timeZone)
  return at + Math.max(0, localAsUtc - toLocal(at, timeZone).asUtc)
}
