import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

interface LockedPackage {
  version?: string
  resolved?: string
  optional?: boolean
  os?: string[]
  cpu?: string[]
  optionalDependencies?: Record<string, string>
}

const lock = JSON.parse(readFileSync(new URL('../../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, LockedPackage>
}

describe('package-lock.json', () => {
  it('has every platform package of chDB, or `npm ci` fails (run `npm run lock`)', () => {
    const wanted = Object.entries(lock.packages['node_modules/chdb']?.optionalDependencies ?? {})
    expect(wanted).toHaveLength(4)
    for (const [name, version] of wanted) {
      const [, os, cpu] = name.replace('@chdb/', '').split('-')
      expect(lock.packages[`node_modules/${name}`]).toMatchObject({ version, optional: true, os: [os], cpu: [cpu] })
    }
  })

  it('names no place to download from, so that it works with any registry', () => {
    const withAddress = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)
    expect(withAddress.map(([name]) => name)).toEqual([])
  })
})
