import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { DATA_FORMAT, openDataFormat, RESTORING_FILE } from '#kernel/node/data-format'

const deps = { version: '1.2.3', clock: createManualClock(Date.UTC(2026, 2, 2)) }
function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'callboard-format-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}
const formatIn = (dir: string): number => (JSON.parse(readFileSync(join(dir, 'format.json'), 'utf8')) as { format: number }).format

it('gives a new folder the format of this version, and changes nothing afterwards', () => {
  const dir = folder()
  expect(openDataFormat(dir, deps)).toEqual({ from: DATA_FORMAT, to: DATA_FORMAT, keptIn: null })
  expect(formatIn(dir)).toBe(DATA_FORMAT)
  expect(openDataFormat(dir, deps)).toEqual({ from: DATA_FORMAT, to: DATA_FORMAT, keptIn: null })
})

it('brings a folder from before there was a format file up, after a copy of what that touches', () => {
  const dir = folder()
  mkdirSync(join(dir, 'log/state'), { recursive: true })
  writeFileSync(join(dir, 'log/state/data.mdb'), 'as it was')
  const { from, to, keptIn } = openDataFormat(dir, deps)
  expect([from, to]).toEqual([1, DATA_FORMAT])
  expect(readFileSync(join(keptIn!, 'log/state/data.mdb'), 'utf8')).toBe('as it was')
  expect(openDataFormat(dir, deps).keptIn).toBeNull()
})

it('refuses a folder of a newer version, says which, and leaves it as it is', () => {
  const dir = folder()
  const text = JSON.stringify({ format: DATA_FORMAT + 1, version: '7.0.0', at: '2030-01-01T00:00:00Z' })
  writeFileSync(join(dir, 'format.json'), text)
  expect(() => openDataFormat(dir, deps)).toThrow(/written by Callboard 7\.0\.0; this version \(1\.2\.3\) reads format/)
  expect(readFileSync(join(dir, 'format.json'), 'utf8')).toBe(text)
})

it('runs the steps of a later version in order, each once, and again after a crash in between', () => {
  const dir = folder()
  openDataFormat(dir, deps)
  const ran: number[] = []
  let fails = true
  const steps = [3, 4].map((to) => ({
    to: DATA_FORMAT + to - 2,
    touches: ['format.json'],
    run: () => {
      if (to === 4 && fails) throw new Error('power')
      ran.push(to)
    },
  }))
  expect(() => openDataFormat(dir, { ...deps, format: DATA_FORMAT + 2, steps })).toThrow('power')
  fails = false
  expect(formatIn(dir)).toBe(DATA_FORMAT)
  expect(openDataFormat(dir, { ...deps, format: DATA_FORMAT + 2, steps }).to).toBe(DATA_FORMAT + 2)
  expect(ran).toEqual([3, 3, 4])
})

it('refuses a folder whose restore was not finished, and a format file that cannot be read', () => {
  const dir = folder()
  writeFileSync(join(dir, RESTORING_FILE), '')
  expect(() => openDataFormat(dir, deps)).toThrow(/was not finished/)
  expect(existsSync(join(dir, 'format.json'))).toBe(false)
  rmSync(join(dir, RESTORING_FILE))
  writeFileSync(join(dir, 'format.json'), 'half')
  expect(() => openDataFormat(dir, deps)).toThrow(/cannot be read/)
})
