import { existsSync, readFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { streamFacts } from '#contracts/streams'
import { createProgram } from '#cli/program'
import { generatedPages } from '../../../scripts/docs.ts'

const root = resolve(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean)
const pages = tracked.filter((file) => file.endsWith('.md') && existsSync(join(root, file)))

describe('documents', () => {
  it.each(Object.entries(generatedPages()))('%s is what the code says (else run npm run docs)', (file, text) => {
    expect(read(file)).toBe(text)
  })

  it.each(pages)('%s links to files that exist', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((m) => m[1]!)
    // Paths in code quotes count when they look like files of ours.
    const quoted = [...read(page).matchAll(/`((?:[a-z-]+\/)+[\w.-]+\.(?:ts|tsx|sql|mjs|md))`/g)].map((m) => m[1]!)
    const missing = [
      ...links.filter((link) => !existsSync(join(root, dirname(page), link))),
      ...quoted.filter((path) => !existsSync(join(root, path)) && !existsSync(join(root, dirname(page), path))),
    ]
    expect(missing).toEqual([])
  })

  it('README names only commands that exist, and the two that everything starts with', () => {
    const text = read('README.md')
    expect(text).toContain('npm ci && npm start')
    expect(text).toContain('npm ci && npm test')
    const known = new Set(createProgram().commands.map((c) => c.name()))
    const named = [...text.matchAll(/npx callboard ([a-z-]+(?: \| [a-z-]+)*)/g)].flatMap((m) => m[1]!.split(' | '))
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !known.has(name))).toEqual([])
    const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)
    const run = [...text.matchAll(/npm run ([a-z:]+)/g)].map((m) => m[1]!)
    expect(run.filter((name) => !scripts.includes(name))).toEqual([])
  })

  it('the first day names the streams as the doctor does, in the same order', () => {
    const rows = [...read('docs/first-day.md').matchAll(/^\| \d \| ([^|]+) \| ([^|]+) \| ([^|]+) \|/gm)].map((m) =>
      m.slice(1).map((t) => t.trim()),
    )
    expect(rows.slice(0, streamFacts.length)).toEqual(streamFacts.map(({ title, lights, without }) => [title, lights, without]))
  })

  it('name no address of a registry and no path of a machine', () => {
    const bad = tracked
      .filter((file) => existsSync(join(root, file)) && !/\.(png|svg|ico)$/.test(file))
      .filter((file) => /"resolved":\s*"https?:|registry\.npmjs|\/home\/[a-z]+\//.test(read(file)))
    expect(bad.filter((file) => !file.endsWith('documents.test.ts') && !file.endsWith('lock-file.test.ts'))).toEqual([])
  })

  it('every folder says what it owns in at most 40 lines', () => {
    for (const folder of [
      'kernel',
      'events',
      'contracts',
      'log',
      'storage',
      'ingest',
      'processors',
      'api',
      'dashboard',
      'simulator',
      'cli',
      'test',
      'bench',
    ]) {
      expect([folder, existsSync(join(root, folder, 'README.md'))]).toEqual([folder, true])
      expect(read(`${folder}/README.md`).split('\n').length).toBeLessThanOrEqual(41)
    }
  })
})
