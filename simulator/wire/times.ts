/** Writing a date is a third of the cost of an event, and neighbours share their second. */
const seconds = new Map<number, string>()
const MOST_SECONDS = 8192

function secondText(second: number): string {
  let text = seconds.get(second)
  if (text === undefined) {
    if (seconds.size >= MOST_SECONDS) seconds.clear()
    seconds.set(second, (text = new Date(second * 1000).toISOString().slice(0, 19)))
  }
  return text
}

/** `2025-03-03T10:00:20.456Z`: agent events, contact events, chat segments. */
export function toMillisText(ms: number): string {
  const second = Math.floor(ms / 1000)
  return `${secondText(second)}.${String(ms - second * 1000).padStart(3, '0')}Z`
}

/** `2025-03-03T10:00:20Z`: contact records and the EventBridge envelope. */
export const toSecondsText = (ms: number): string => `${secondText(Math.floor(ms / 1000))}Z`

export const wholeSeconds = (ms: number): number => Math.floor(ms / 1000)
