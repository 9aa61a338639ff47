import { z } from 'zod'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import { disturb } from './disturb/disturb.ts'
import { presetNames, resolveKnobs } from './disturb/knobs.ts'
import { amazonKinds, type DemoEvent } from './demo.ts'
import { emitUntilTaken, type EmitDeps } from './emit.ts'
import { pace } from './output/pace.ts'
import { profileList, startSimulation } from './start.ts'
import { messagesOf, type WireEvent } from './stream.ts'

const size = z.number().int().min(1)

/** A simulated contact centre as a source of a running installation: for trials and load tests, in real time from the start on. */
export const simulatorSourceSchema = z.strictObject({
  type: z.literal('simulator').describe('simulator'),
  name: z.string().min(1).max(64).default('Simulator').describe('Shown in health'),
  profile: z.enum(profileList.map(({ name }) => name)).describe('One of `callboard simulate --list`'),
  seed: z.number().int().min(0).default(1).describe('Same seed and start, same messages'),
  agents: size.max(100_000).optional().describe('How many agents, instead of as many as the profile has'),
  queues: size.max(10_000).optional().describe('How many queues, instead of as many as the profile has'),
  load: z.number().positive().max(1000).optional().describe('Times the arrivals of the profile'),
  disturb: z.enum(presetNames).default('none').describe('What goes wrong on the way'),
})
export type SimulatorSourceConfig = z.infer<typeof simulatorSourceSchema>

export function createSimulatorSource(
  { name, profile, seed, disturb: preset, ...sizes }: SimulatorSourceConfig,
  deps: EmitDeps,
): Component & { health(): { ok: boolean; detail: string } } {
  const stopping = new AbortController()
  let running: Promise<void> | undefined
  let problem: string | undefined

  const play = async (): Promise<void> => {
    const startAt = deps.clock.now()
    const given = Object.fromEntries(Object.entries(sizes).filter(([, value]) => value !== undefined))
    const simulation = startSimulation({ profile, seed, startAt, steady: true, ...given })
    const events = disturb(messagesOf(simulation), resolveKnobs(preset), seed)
    for await (const batch of pace(events, { speed: 1, startAt }, deps.clock, stopping.signal)) {
      const taken = batch.filter(isOfAmazon)
      if (taken.length > 0) await emitUntilTaken(taken, deps, stopping.signal)
    }
  }

  return {
    name,
    health: () => ({ ok: problem === undefined, detail: problem ?? `plays ${profile}` }),
    async start() {
      running = play().catch((error: unknown) => {
        problem = messageOf(error)
        deps.telemetry.log('error', 'simulator_failed', { reason: problem })
      })
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

const isOfAmazon = (event: WireEvent): event is DemoEvent =>
  typeof event.payload !== 'string' && amazonKinds.some((kind) => kind === event.kind)
