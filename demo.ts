/** The demo contact centre: plays the simulator into the same door that real sources use. Its data folder is renewed at each start. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import type { SettingsStore } from '#api/settings-store'
import type { AlertRule } from '#contracts/settings'
import type { IngestDoor } from '#ingest/door'
import { openLmdbLog } from '#log/lmdb/log'
import type { Entry } from '#log/port'
import { createDemoSource } from '#simulator/source'
import type { DemoEvent } from '#simulator/demo'

const SEED = 20_261
/** How much of "today" the board knows when it opens. */
const PAST_MS = 60 * 60_000

export interface DemoDeps {
  door: IngestDoor
  settings: SettingsStore
  clock: Clock
  telemetry: Telemetry
}

/**
 * A demo that stops leaves callers waiting for ever, so each start begins with an empty centre. What a person set up in it (rules,
 * webhooks, keys) is carried over.
 */
export async function renewDemoFolder(dir: string, options: { partitionCount: number; clock: Clock }): Promise<void> {
  const kept = existsSync(join(dir, 'log')) ? await readSettings(join(dir, 'log'), options) : []
  // Built beside the old one and put in its place by a rename, so that a start that fails loses nothing.
  const fresh = `${dir}.new`
  rmSync(fresh, { recursive: true, force: true })
  const log = await openLmdbLog({ dir: join(fresh, 'log'), topics: topicSpecs, ...options })
  if (kept.length > 0) await log.append(topics.settings, kept)
  await log.close()
  rmSync(dir, { recursive: true, force: true })
  renameSync(fresh, dir)
}

async function readSettings(dir: string, options: { partitionCount: number; clock: Clock }): Promise<Entry[]> {
  const log = await openLmdbLog({ dir, topics: topicSpecs, ...options })
  const kept: Entry[] = []
  for (let partition = 0; partition < log.partitionCount; partition++) {
    for (const { key, value, headers } of log.table(topics.settings, partition).scan('')) kept.push({ key, value, headers })
  }
  await log.close()
  return kept
}

const exampleRule: AlertRule = {
  name: 'Customer wants to cancel',
  enabled: true,
  severity: 'critical',
  condition: { type: 'phrase', phrases: ['cancel everything', 'cancel my', 'cancelar'], speaker: 'customer' },
  queues: [],
}

export function createDemoPart({ door, settings, clock, telemetry }: DemoDeps): Component & { isPreparing(): boolean } {
  const take = ({ kind, payload, at }: DemoEvent) =>
    door.take([{ value: payload }], { source: 'demo', origin: `demo:${at}`, kind, arrivalTime: at })
  const source = createDemoSource(
    { seed: SEED, startAt: clock.now() - PAST_MS },
    { clock, telemetry, emit: async (batch) => void (await Promise.all(batch.map(take))) },
  )
  return {
    name: 'demo contact centre',
    /** Until the past has been played, figures and ages are not of now. */
    isPreparing: () => source.phase() === 'past',
    async start() {
      if (settings.list('alert-rule').length === 0) await settings.put('alert-rule', 'demo-cancellation', exampleRule)
      await source.start()
    },
    stop: () => source.stop(),
  }
}
