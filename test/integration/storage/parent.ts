import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createEmbeddedStore } from '#storage/embedded/supervisor'

/** A process that is going to be killed: tells the pid of its engine child. */
const engine = createEmbeddedStore({ dataDir: process.argv[2] ?? '', clock: systemClock, telemetry: silentTelemetry })
await engine.start()
process.send?.(engine.health().pid)
