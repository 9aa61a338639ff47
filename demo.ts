/** The demo contact centre: plays the simulator into the same door that real sources use. Its data folder is renewed at each start. */
import { existsSync, rmSync } from 'node:fs'
import type { Clock } from '#kernel/clock'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import type { SettingsStore } from '#api/settings-store'
import type { IngestDoor } from '#ingest/door'
import { openLmdbLog } from '#log/lmdb/log'
import type { Entry, EventLog } from '#log/port'
import { createDemoSource } from '#simulator/source'
import type { WireEvent } from '#simulator/demo'

const SEED = 20_261
/** How much of "today" the board knows when it opens. */
const PAST_MS = 60 * 60_000

export interface DemoDeps {
  log: EventLog
  door: IngestDoor
  settings: SettingsStore
  clock: Clock
  telemetry: Telemetry
  /** Settings of the last demo, kept over the renewal. */
  kept: readonly Entry[]
}

/**
 * A demo that stops leaves callers waiting for ever, so each start begins with an empty centre. What a person set up in it (rules,
 * webhooks, keys) is carried over.
 */
export async function renewDemoFolder(dir: string, logDir: string, options: { partitionCount: number; clock: Clock }): Promise<Entry[]> {
  const kept: Entry[] = []
  if (existsSync(logDir)) {
    const log = await openLmdbLog({ dir: logDir, topics: topicSpecs, ...options })
    for (let partition = 0; partition < log.partitionCount; partition++) {
      for (const { key, value, headers } of log.table(topics.settings, partition).scan('')) kept.push({ key, value, headers })
    }
    await log.close()
  }
  rmSync(dir, { recursive: true, force: true })
  return kept
}

export function createDemoPart({ log, door, settings, clock, telemetry, kept }: DemoDeps): Component {
  const take = ({ kind, payload, at }: WireEvent) =>
    door.take([{ value: payload }], { source: 'demo', origin: `demo:${at}`, kind, arrivalTime: at })
  const source = createDemoSource(
    { seed: SEED, startAt: clock.now() - PAST_MS },
    { clock, telemetry, emit: async (batch) => void (await Promise.all(batch.map(take))) },
  )
  return {
    name: 'demo contact centre',
    async start() {
      if (kept.length > 0) await log.append(topics.settings, kept)
      else
        await settings.put('alert-rule', 'demo-cancellation', {
          name: 'Customer wants to cancel',
          enabled: true,
          severity: 'critical',
          condition: { type: 'phrase', phrases: ['cancel everything', 'cancel my', 'cancelar'], speaker: 'customer' },
          queues: [],
        })
      await source.start()
    },
    stop: () => source.stop(),
  }
}
