/** `2025-03-03T10:00:20.456Z`: agent events, contact events, chat segments. */
export const toMillisText = (ms: number): string => new Date(ms).toISOString()

/** `2025-03-03T10:00:20Z`: contact records and the EventBridge envelope. */
export const toSecondsText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

export const wholeSeconds = (ms: number): number => Math.floor(ms / 1000)
