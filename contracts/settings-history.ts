import { isJsonObject } from '#kernel/json'
import { settingTypes, type SettingOf, type SettingType } from './settings.ts'

/** Key of one version in `callboard.settings`: versions are never compacted away, so the past can be folded under its own rules. */
export function settingKey(type: SettingType, id: string, version: number): string {
  return `${type}/${encodeURIComponent(id)}@${version}`
}

export interface SettingVersion<T extends SettingType> {
  id: string
  version: number
  /** Epoch ms from which it is in force: the log's ingest time. */
  since: number
  value: SettingOf<T>
}

/** All versions of all settings, asked by moment. Both the server and the folds read settings through this. */
export interface SettingsHistory {
  /** Takes in one record of the topic; a value that no longer fits its schema is refused with a message. */
  apply(key: string, value: unknown, since: number): string | undefined
  /** The version in force at `time` (epoch ms), or undefined: never set yet, or deleted. */
  at<T extends SettingType>(type: T, id: string, time: number): SettingVersion<T> | undefined
  listAt<T extends SettingType>(type: T, time: number): SettingVersion<T>[]
  lastVersion(type: SettingType, id: string): number
}

interface Version {
  version: number
  since: number
  /** null: deleted. */
  value: unknown
}

export function createSettingsHistory(): SettingsHistory {
  const versions = new Map<SettingType, Map<string, Version[]>>()
  const toVersion = <T extends SettingType>(id: string, v: Version): SettingVersion<T> => ({
    id,
    version: v.version,
    since: v.since,
    value: v.value as SettingOf<T>,
  })
  return {
    apply(key, value, since) {
      const parsed = parseKey(key)
      if (!parsed) return `setting key "${key}" is not type/id@version`
      const { type, id, version } = parsed
      const body = isJsonObject(value) && value['deleted'] === true ? null : settingTypes[type].safeParse(value)
      if (body !== null && !body.success) return `setting ${key}: ${body.error.issues[0]?.message ?? 'does not fit its schema'}`
      const byId = versions.get(type) ?? new Map<string, Version[]>()
      versions.set(type, byId)
      const list = byId.get(id) ?? []
      byId.set(id, list)
      if (list.some((v) => v.version === version)) return undefined
      list.push({ version, since, value: body === null ? null : body.data })
      list.sort((a, b) => a.version - b.version)
      return undefined
    },
    at(type, id, time) {
      const found = newestAt(versions.get(type)?.get(id), time)
      return found ? toVersion(id, found) : undefined
    },
    listAt<T extends SettingType>(type: T, time: number) {
      const list: SettingVersion<T>[] = []
      for (const [id, all] of versions.get(type) ?? []) {
        const found = newestAt(all, time)
        if (found) list.push(toVersion<T>(id, found))
      }
      return list
    },
    lastVersion: (type, id) => versions.get(type)?.get(id)?.at(-1)?.version ?? 0,
  }
}

/** The value that stands for a deletion: deletions are versions too. */
export const deletedSetting = { deleted: true } as const

function parseKey(key: string): { type: SettingType; id: string; version: number } | undefined {
  const match = /^([a-z-]+)\/([^/@]+)@(\d+)$/.exec(key)
  const type = match?.[1]
  if (!match || type === undefined || !Object.hasOwn(settingTypes, type)) return undefined
  return { type: type as SettingType, id: decodeURIComponent(match[2]!), version: Number(match[3]) }
}

function newestAt(list: readonly Version[] | undefined, time: number): Version | undefined {
  const newest = list?.findLast((v) => v.since <= time)
  return newest && newest.value !== null ? newest : undefined
}
