import type { Clock } from '#kernel/clock'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog } from '#log/port'
import type { Fold } from './fold.ts'
import { createLaneMember } from './member.ts'
import { runPartition } from './partition-loop.ts'
import type { Progress } from './progress.ts'
import { createSettingsReader } from './settings-reader.ts'

export interface LaneDeps {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  /** Whoever watches whether lanes move. */
  progress?: Progress
}

/** Runs one fold over every partition this process is given. */
export function createFoldLane(fold: Fold, deps: LaneDeps): Component {
  const settings = createSettingsReader(deps.log, deps.telemetry)
  const member = createLaneMember({ name: fold.name, inputs: [fold.input] }, deps, (part) =>
    runPartition({ fold, settings, ...deps }, part),
  )
  return { name: `lane ${fold.name}`, start: member.start, stop: member.stop }
}
