import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog } from '#log/port'
import type { IngestDoor } from '../door.ts'
import type { Source } from '../source.ts'
import { createConnectApi } from './api.ts'
import type { Budget } from './budget.ts'
import { instanceOf, type ConnectApiSourceConfig } from './config.ts'
import { createLiveContacts } from './live-contacts.ts'
import { createNamesSource } from './names.ts'
import { createSegmentsSource } from './segments.ts'

export interface ConnectApiDeps {
  door: IngestDoor
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  budgetOf: (user: { account: string; region: string; share: number }) => Budget
  /** Whether an alert rule looks at what is said in this queue. */
  isWatched: (queueId: string | null) => boolean
}

/** What one instance's API gives, each part with a health entry of its own: names always, words by setting. */
export function createConnectApiSources(config: ConnectApiSourceConfig, deps: ConnectApiDeps): Source[] {
  const { instanceId, accountId } = instanceOf(config)
  const { name, region, share, roleArn } = config
  const account = accountId ?? roleArn?.split(':')[4] ?? 'own'
  const api = createConnectApi(config, deps.budgetOf({ account, region, share }))
  const parts = [createNamesSource(`${name} names`, { ...deps, api })]
  if (config.segments) {
    const contacts = createLiveContacts({ instanceId, own: name }, deps)
    for (const channel of ['VOICE', 'CHAT'] as const)
      parts.push(createSegmentsSource({ name: `${name} ${channel.toLowerCase()}`, source: name, channel }, { ...deps, api, contacts }))
  }
  const [first, ...others] = parts as [Source, ...Source[]]
  // Parts stop in reverse order: the first is the last to need the clients.
  const closing: Source = {
    ...first,
    async stop() {
      await first.stop()
      api.close()
    },
  }
  return [closing, ...others]
}
