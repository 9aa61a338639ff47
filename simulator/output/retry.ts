import { pause, type Clock } from '#kernel/clock'

const FIRST_WAIT_MS = 250
const LONGEST_WAIT_MS = 5000

/** Tries until it works, with growing pauses, for as long as the failure may pass and `patienceMs` lasts; then throws the last failure. */
export async function retry<T>(
  work: () => Promise<T>,
  { clock, patienceMs, mayPass, onRetry }: { clock: Clock; patienceMs: number; mayPass: (error: unknown) => boolean; onRetry: () => void },
): Promise<T> {
  const beganAt = clock.now()
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await work()
    } catch (error) {
      if (!mayPass(error) || clock.now() + waitMs - beganAt > patienceMs) throw error
      onRetry()
      await pause(clock, waitMs)
    }
  }
}
