/** The ways in that fetch by themselves, as `SOURCES` names them. */
import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import { createCheckpoints } from '#ingest/checkpoints'
import { createBudgets } from '#ingest/connect-api/budget'
import { createConnectApiSources } from '#ingest/connect-api/source'
import type { IngestDoor } from '#ingest/door'
import { createKinesisSource } from '#ingest/kinesis/source'
import type { Source } from '#ingest/source'
import { createSqsSource } from '#ingest/sqs/source'
import type { EventLog } from '#log/port'
import type { DemoEvent } from '#simulator/demo'
import { createSimulatorSource } from '#simulator/live-source'
import type { Config } from './config.ts'

export interface SourcesDeps {
  door: IngestDoor
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  /** Whether an alert rule looks at what is said in this queue: the API is asked for its contacts first. */
  isWatched: (queueId: string | null) => boolean
}

/** A configured source and the part that reads it. */
export interface ConfiguredSource {
  name: string
  type: SourceConfig['type']
  part: Source
}

/** One or more parts for each configured source; `http` needs none, it is a route of the API. */
export function createSources(config: Config, { isWatched, ...deps }: SourcesDeps): ConfiguredSource[] {
  const checkpoints = createCheckpoints(deps.log)
  const budgetOf = createBudgets(deps)
  const makers: { [T in SourceConfig['type']]: (source: Extract<SourceConfig, { type: T }>) => Source[] } = {
    kinesis: (source) => [createKinesisSource(source, { ...deps, checkpoints })],
    sqs: (source) => [createSqsSource(source, deps)],
    'contact-lens-api': (source) => createConnectApiSources(source, { ...deps, budgetOf, isWatched }),
    simulator: (source) => [createSimulatorSource(source, { ...deps, emit: (batch) => takeAll(deps.door, source.name, batch) })],
    http: () => [],
  }
  return config.SOURCES.flatMap((source) =>
    (makers[source.type] as (source: SourceConfig) => Source[])(source).map((part) => ({
      name: 'name' in source ? source.name : source.type,
      type: source.type,
      part,
    })),
  )
}

type SourceConfig = Config['SOURCES'][number]

async function takeAll(door: IngestDoor, source: string, batch: readonly DemoEvent[]): Promise<void> {
  await Promise.all(
    batch.map(({ kind, payload, at }) => door.take([{ value: payload }], { source, origin: `simulator:${at}`, kind, arrivalTime: at })),
  )
}
