/**
 * Asterisk's queue_log: one line an event, `second|callid|queue|agent|EVENT|parameters`, written as it happens. A line
 * without parameters still ends with a bar. See "Queue Logs" in Asterisk's documentation.
 */
export interface QueueLog {
  record(callId: string, queue: string, agent: string, event: string, ...parameters: readonly (string | number)[]): void
  /** The platform's own clock, in the whole seconds it counts in. */
  secondsAt(at: number): number
  /** A channel's unique id: the second it was made and a running number. */
  newChannelId(): string
}

interface Deps {
  now(): number
  clockOffsetMs: number
  write(line: string): void
}

export const NOBODY = 'NONE'

export function createQueueLog({ now, clockOffsetMs, write }: Deps): QueueLog {
  let channels = 0
  const secondsAt = (at: number): number => Math.floor((at + clockOffsetMs) / 1000)
  return {
    record: (callId, queue, agent, event, ...parameters) =>
      write(`${secondsAt(now())}|${callId}|${queue}|${agent}|${event}|${parameters.join('|')}`),
    secondsAt,
    newChannelId: () => `${secondsAt(now())}.${channels++}`,
  }
}
