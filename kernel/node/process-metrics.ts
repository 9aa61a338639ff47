import { statfsSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Clock } from '../clock.ts'
import type { Component } from '../lifecycle.ts'
import type { Telemetry } from '../telemetry.ts'

const EVERY_MS = 5_000

/** What the process uses and what is left for it: memory, processor, delays of the event loop, space where the data folder is. */
export function createProcessMetrics(config: { dataDir: string }, deps: { clock: Clock; telemetry: Telemetry }): Component {
  const { clock, telemetry } = deps
  const delays = monitorEventLoopDelay({ resolution: 10 })
  let cancel: (() => void) | undefined
  let cpuBefore = 0

  const tick = (): void => {
    const { rss, heapUsed } = process.memoryUsage()
    telemetry.gauge('process_resident_memory_bytes', {}, rss)
    telemetry.gauge('process_heap_bytes', {}, heapUsed)
    const { user, system } = process.cpuUsage()
    const cpu = (user + system) / 1e6
    telemetry.count('process_cpu_seconds_total', {}, cpu - cpuBefore)
    cpuBefore = cpu
    telemetry.gauge('event_loop_delay_ms', { quantile: '0.99' }, delays.percentile(99) / 1e6)
    telemetry.gauge('event_loop_delay_ms', { quantile: '1' }, delays.max / 1e6)
    delays.reset()
    try {
      const { bavail, bsize, blocks } = statfsSync(config.dataDir)
      telemetry.gauge('data_folder_free_bytes', {}, bavail * bsize)
      telemetry.gauge('data_folder_disk_bytes', {}, blocks * bsize)
    } catch {
      // Not every file system tells; then there is no such series.
    }
    cancel = clock.after(EVERY_MS, tick)
  }
  return {
    name: 'process metrics',
    async start() {
      if (cancel) return
      delays.enable()
      telemetry.gauge('process_start_time_seconds', {}, Math.floor(clock.now() / 1000 - process.uptime()))
      tick()
    },
    async stop() {
      cancel?.()
      cancel = undefined
      delays.disable()
    },
  }
}
