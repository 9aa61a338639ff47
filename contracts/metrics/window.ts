import type { MetricWindow } from './catalogue.ts'
import { MINUTE_MS } from './contributions.ts'

const LENGTH_MINUTES = { PT15M: 15, PT30M: 30, PT1H: 60 } as const

/** Epoch ms at which a window that ends now begins: whole minutes, the one still filling included. */
export function windowStart(window: MetricWindow, now: number, day: { timeZone: string; businessDayStart: string }): number {
  if (window === 'now') return now
  if (window === 'businessDay') return startOfBusinessDay(now, day.timeZone, day.businessDayStart)
  return (Math.floor(now / MINUTE_MS) - LENGTH_MINUTES[window] + 1) * MINUTE_MS
}

/** The newest moment at or before `now` at which a clock in `timeZone` showed `startsAt` (HH:MM). Days of 23 and 25 hours are handled. */
export function startOfBusinessDay(now: number, timeZone: string, startsAt: string): number {
  const [hours = 0, minutes = 0] = startsAt.split(':').map(Number)
  const today = toLocal(now, timeZone)
  for (const daysBack of [0, 1]) {
    const wanted = Date.UTC(today.year, today.month - 1, today.day - daysBack, hours, minutes)
    const start = fromLocal(wanted, timeZone)
    if (start <= now) return start
  }
  return now - 86_400_000
}

const formats = new Map<string, Intl.DateTimeFormat>()

export function toLocal(at: number, timeZone: string): { year: number; month: number; day: number; asUtc: number } {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(at).map((p) => [p.type, Number(p.value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts as Record<string, number | undefined>
  return { year, month, day, asUtc: Date.UTC(year, month - 1, day, hour, minute, second) }
}

/** Inverse of the local clock: two rounds settle the offset also next to a change of the clock. */
export function fromLocal(localAsUtc: number, timeZone: string): number {
  let at = localAsUtc
  for (let round = 0; round < 2; round++) at -= toLocal(at, timeZone).asUtc - localAsUtc
  return at
}
