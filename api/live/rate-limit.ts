import type { Clock } from '#kernel/clock'

/** Token bucket: `burst` at once, then `perSecond`. Returns whether one more may pass. */
export function createRateLimit(config: { burst: number; perSecond: number }, deps: { clock: Clock }): () => boolean {
  let tokens = config.burst
  let at = deps.clock.now()
  return () => {
    const now = deps.clock.now()
    tokens = Math.min(config.burst, tokens + ((now - at) / 1000) * config.perSecond)
    at = now
    if (tokens < 1) return false
    tokens--
    return true
  }
}
