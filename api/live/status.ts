import type { LiveStatus } from '#contracts/live'
import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import type { Authenticator } from '../auth/authenticator.ts'
import type { DemoControl } from '../demo-control.ts'
import { iso } from '../present.ts'
import type { SlowClients } from './slow-clients.ts'
import type { LiveNamespace } from './types.ts'

const EVERY_MS = 1000

export interface SourceWatermark {
  name: string
  /** Event time of the newest event taken in, epoch ms; null before the first. */
  watermark: number | null
}

export interface StatusDeps {
  clock: Clock
  telemetry: Telemetry
  namespace: LiveNamespace
  authenticator: Authenticator
  slow: SlowClients
  sources: () => readonly SourceWatermark[]
  demo?: DemoControl | undefined
  roomCount: () => number
}

export interface Status {
  current(): LiveStatus
  stop(): void
}

/** Once a second: the age of each source to everybody, slow clients looked after, rights that ended taken away. */
export function startStatus(config: { demo: boolean }, deps: StatusDeps): Status {
  const { clock, telemetry, namespace, authenticator, slow } = deps
  const current = (): LiveStatus => ({ ...toStatus(deps.sources(), clock.now(), config.demo), ...(deps.demo && ofDemo(deps.demo)) })
  const tick = (): void => {
    for (const socket of namespace.sockets.values()) {
      if (authenticator.isStillValid(socket.data.principal)) continue
      telemetry.count('api_live_disconnects_total', { reason: 'rights_ended' })
      socket.disconnect(true)
    }
    slow.check()
    // Volatile: a second's old status is worth nothing to a client that is behind.
    namespace.volatile.emit('status', current())
    telemetry.gauge('api_live_connections', {}, namespace.sockets.size)
    telemetry.gauge('api_live_rooms', {}, deps.roomCount())
    cancel = clock.after(EVERY_MS, tick)
  }
  let cancel = clock.after(EVERY_MS, tick)
  return { current, stop: () => cancel() }
}

function ofDemo(demo: DemoControl): Partial<LiveStatus> {
  const { name, title } = demo.profile()
  const changingTo = demo.changingTo()
  return {
    profile: { name, title },
    history: demo.history(),
    ...(demo.preparing() ? { preparing: true } : {}),
    ...(changingTo === undefined ? {} : { changingTo: changingTo.title }),
  }
}

export function toStatus(sources: readonly SourceWatermark[], now: number, demo: boolean): LiveStatus {
  return {
    now: iso(now),
    demo,
    sources: sources.map(({ name, watermark }) => ({
      name,
      watermark: watermark === null ? null : iso(watermark),
      ageSeconds: watermark === null ? null : Math.max(0, Math.round((now - watermark) / 100) / 10),
    })),
  }
}
