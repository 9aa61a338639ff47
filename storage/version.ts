import { CallboardError } from '#kernel/errors'
import type { AnalyticsStore } from './port.ts'

/** The text index, as the migrations write it, exists from here on. */
export const LEAST_VERSION = '26.7'

/** Throws STORE_TOO_OLD for a server that cannot carry out the migrations; returns its version. */
export async function checkServerVersion(store: AnalyticsStore): Promise<string> {
  const rows = await store.query<{ version: string }>(
    { name: 'readVersion', sql: 'SELECT version() AS version', params: {} },
    { database: 'default' },
  )
  const version = rows[0]?.version ?? ''
  if (!isAtLeast(version, LEAST_VERSION))
    throw new CallboardError(
      'STORE_TOO_OLD',
      `The ClickHouse server has version ${version || 'unknown'}; Callboard needs ${LEAST_VERSION} or newer.`,
      {
        details: { version, least: LEAST_VERSION },
      },
    )
  return version
}

export function isAtLeast(version: string, least: string): boolean {
  const [major = -1, minor = -1] = numbersOf(version)
  const [leastMajor = 0, leastMinor = 0] = numbersOf(least)
  return major > leastMajor || (major === leastMajor && minor >= leastMinor)
}

function numbersOf(version: string): number[] {
  return /^(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
}
