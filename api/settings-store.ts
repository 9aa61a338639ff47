import { createSettingsHistory, deletedSetting, settingKey, type SettingVersion } from '#contracts/settings-history'
import type { SettingOf, SettingType } from '#contracts/settings'
import { topics } from '#events/topics'
import { CallboardError } from '#kernel/errors'
import { parseJson } from '#kernel/json'
import type { Component } from '#kernel/lifecycle'
import type { LogRecord } from '#log/port'
import { createTopicFollower, type TopicFollowerDeps } from './topic-follower.ts'

export interface SettingChange {
  type: SettingType
  id: string
}

/**
 * All configuration, kept in `callboard.settings`. Reads come from memory; a write is an append, and resolves when it is durable
 * and readable here. Versions count up per setting; a deletion is a version.
 */
export interface SettingsStore extends Component {
  /** True when every version that was in the log at start is known. */
  ready(): boolean
  whenReady(): Promise<void>
  /** The version in force now, or undefined: never set, or deleted. */
  get<T extends SettingType>(type: T, id: string): SettingVersion<T> | undefined
  list<T extends SettingType>(type: T): SettingVersion<T>[]
  put<T extends SettingType>(type: T, id: string, value: SettingOf<T>): Promise<SettingVersion<T>>
  /** False when there was nothing to delete. */
  delete(type: SettingType, id: string): Promise<boolean>
  /** Called after a change can be read, also for changes other processes wrote. */
  onChange(listener: (change: SettingChange) => void): () => void
}

// Settings of the future do not exist: what is in the log is in force.
const ALWAYS = Number.POSITIVE_INFINITY

export function createSettingsStore(deps: TopicFollowerDeps): SettingsStore {
  const { log, telemetry } = deps
  const history = createSettingsHistory()
  const listeners = new Set<(change: SettingChange) => void>()
  // Writes go one after another, so that two of one setting get two numbers.
  let lastWrite: Promise<unknown> = Promise.resolve()

  const take = (key: string, value: unknown, since: number): void => {
    const match = /^([a-z-]+)\/([^/@]+)@\d+$/.exec(key)
    const type = match?.[1] as SettingType | undefined
    const id = match?.[2] === undefined ? undefined : decodeURIComponent(match[2])
    const before = type && id !== undefined ? history.lastVersion(type, id) : 0
    const problem = history.apply(key, value, since)
    if (problem !== undefined) {
      telemetry.count('api_settings_refused_total')
      telemetry.log('warn', 'api_setting_refused', { problem })
      return
    }
    if (!type || id === undefined || history.lastVersion(type, id) === before) return
    for (const listener of listeners) listener({ type, id })
  }
  const applyRecords = (records: readonly LogRecord[]): void => {
    for (const { key, value, ingestTime } of records) {
      if (value === null) continue
      const parsed = parseJson(new TextDecoder().decode(value))
      take(key, parsed.ok ? parsed.value : undefined, ingestTime)
    }
  }
  const follower = createTopicFollower({ topic: topics.settings }, deps, applyRecords)

  const append = async (type: SettingType, id: string, value: unknown): Promise<void> => {
    if (!follower.caughtUp()) throw new CallboardError('NOT_READY', 'settings are still being read', { retryable: true })
    const key = settingKey(type, id, history.lastVersion(type, id) + 1)
    const [position] = await log.append(topics.settings, [{ key, value: Buffer.from(JSON.stringify(value)), headers: {} }])
    take(key, value, position?.ingestTime ?? deps.clock.now())
  }
  const inTurn = <R>(write: () => Promise<R>): Promise<R> => {
    const mine = lastWrite.then(write, write)
    lastWrite = mine.catch(() => undefined)
    return mine
  }

  return {
    name: 'settings',
    start: () => follower.start(),
    stop: () => follower.stop(),
    ready: () => follower.caughtUp(),
    whenReady: () => follower.whenCaughtUp(),
    get: (type, id) => history.at(type, id, ALWAYS),
    list: (type) => history.listAt(type, ALWAYS),
    put: <T extends SettingType>(type: T, id: string, value: SettingOf<T>) =>
      inTurn(async () => {
        await append(type, id, value)
        const stored = history.at(type, id, ALWAYS)
        if (!stored) throw new CallboardError('CONFLICT', `${type} ${id} was deleted meanwhile`)
        return stored
      }),
    delete: (type, id) =>
      inTurn(async () => {
        if (!history.at(type, id, ALWAYS)) return false
        await append(type, id, deletedSetting)
        return true
      }),
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
