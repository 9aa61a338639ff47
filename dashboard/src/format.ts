/** How figures are written. Null is never zero: it is a dash. */
export const DASH = '–'

const two = (n: number): string => String(n).padStart(2, '0')

/** `m:ss` below an hour, then `8 h 05`, from a day on `1 d 2 h`: after an hour nobody reads the seconds. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return DASH
  const s = Math.max(0, Math.floor(seconds))
  if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`
  if (s < 86_400) return `${Math.floor(s / 3600)} h ${two(Math.floor(s / 60) % 60)}`
  return `${Math.floor(s / 86_400)} d ${Math.floor(s / 3600) % 24} h`
}

/** A big clock: from ten minutes on the last part is set smaller, so that the digits that matter keep their size; a unit is in the small part. */
export function splitDuration(seconds: number): { main: string; minor: string } {
  const text = formatDuration(seconds)
  const space = text.indexOf(' ')
  if (space > 0) return { main: text.slice(0, space), minor: text.slice(space + 1) }
  if (text.length <= 4) return { main: text, minor: '' }
  const at = text.lastIndexOf(':')
  return { main: text.slice(0, at), minor: text.slice(at) }
}

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? DASH : new Intl.NumberFormat('en').format(value)
}

/** Percent without the sign; one decimal only where it is asked for. */
export function formatPercent(value: number | null, decimals = 0): string {
  if (value === null) return DASH
  // Rounded down, so that 79.96 never reads as the 80 it has not reached.
  const factor = 10 ** decimals
  return (Math.floor(value * factor + 1e-9) / factor).toFixed(decimals)
}

/** A rate that is better when low: rounded to the nearest. */
export function formatShare(value: number | null, decimals = 1): string {
  return value === null ? DASH : value.toFixed(value >= 10 ? 0 : decimals)
}

export function formatScore(score: number | null): string {
  if (score === null) return DASH
  const text = Math.abs(score).toFixed(1)
  return text === '0.0' ? '0.0' : `${score > 0 ? '+' : '−'}${text}`
}

/** `mm:ss` from the start of a conversation, `h:mm:ss` from an hour on: a place in it is exact to the second. */
export function formatOffset(ms: number | null): string {
  if (ms === null) return DASH
  const s = Math.max(0, Math.floor(ms / 1000))
  const minutesAndSeconds = `${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
  return s < 3600 ? minutesAndSeconds : `${Math.floor(s / 3600)}:${minutesAndSeconds}`
}

export function formatTimeOfDay(ms: number | null, timeZone: string, seconds = true): string {
  if (ms === null) return DASH
  return timeFormat(timeZone, seconds).format(ms)
}

export function formatDay(ms: number, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' }).format(ms)
}

export function formatZone(ms: number, timeZone: string): string {
  const part = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'short' })
    .formatToParts(ms)
    .find((p) => p.type === 'timeZoneName')
  return part?.value ?? timeZone
}

/** How old something is, in few letters: `3 s`, `4 min`, `2 h`. */
export function formatAge(seconds: number | null): string {
  if (seconds === null) return DASH
  const s = Math.max(0, Math.floor(seconds))
  if (s < 120) return `${s} s`
  if (s < 7200) return `${Math.floor(s / 60)} min`
  return s < 172_800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86_400)} d`
}

const formats = new Map<string, Intl.DateTimeFormat>()
function timeFormat(timeZone: string, seconds: boolean): Intl.DateTimeFormat {
  const key = `${timeZone}/${seconds}`
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds ? { second: '2-digit' as const } : {}),
    hourCycle: 'h23',
  })
  formats.set(key, made)
  return made
}
