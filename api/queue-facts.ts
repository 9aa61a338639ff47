import { defaultQueueSettings, type QueueSettings } from '#contracts/settings'
import { windowStart } from '#contracts/metrics/window'
import type { MetricWindow } from '#contracts/metrics/catalogue'
import { agentName, type NameSource } from './present.ts'
import type { RowsView } from './rows-view.ts'
import type { SettingsStore } from './settings-store.ts'

/** What is known about a queue beside its figures: name, settings, business day. Names of agents too, for references. */
export interface QueueFacts extends NameSource {
  /** Every queue with a name or a setting, agents' own queues left out. */
  ids(): string[]
  has(queueId: string): boolean
  settings(queueId: string): QueueSettings
  /** The name to show: the settings', else the newest seen, else the id. */
  displayName(queueId: string): string
  instanceOf(queueId: string): string | null
  /** Start of a window that ends now, epoch ms, by the queue's own calendar. */
  windowStart(queueId: string, window: MetricWindow, now: number): number
}

export interface Calendar {
  timeZone: string
  businessDayStart: string
}

export function createQueueFacts(
  calendar: Calendar,
  deps: { rows: Pick<RowsView, 'names' | 'agents'>; settings: SettingsStore },
): QueueFacts {
  const { rows, settings } = deps
  const settingsOf = (id: string): QueueSettings => settings.get('queue', id)?.value ?? defaultQueueSettings
  const queueName = (id: string): string | null => settingsOf(id).displayName ?? rows.names.queues.get(id)?.name ?? null
  return {
    // Settings may be made ahead; a queue is shown once something was heard of it.
    ids: () => [...rows.names.queues.keys()],
    has: (id) => rows.names.queues.has(id) || settings.get('queue', id) !== undefined,
    settings: settingsOf,
    queueName,
    displayName: (id) => queueName(id) ?? id,
    instanceOf: (id) => /:instance\/([^/]+)\//.exec(rows.names.queues.get(id)?.arn ?? '')?.[1] ?? null,
    agentName(id) {
      const agent = rows.agents.get(id)
      const listed = rows.names.agents.get(id)
      if (!agent) return listed ?? null
      return agent.firstName || agent.lastName ? agentName(agent) : (listed ?? agentName(agent))
    },
    windowStart(id, window, now) {
      const { timeZone, businessDayStart } = settingsOf(id)
      return windowStart(window, now, {
        timeZone: timeZone ?? calendar.timeZone,
        businessDayStart: businessDayStart ?? calendar.businessDayStart,
      })
    },
  }
}
