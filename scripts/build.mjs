#!/usr/bin/env node
// Builds what is missing or older than its sources: the server (tsc) and the dashboard (vite). `--force` builds all.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const root = resolve(import.meta.dirname, '..')
const serverSources = [
  'kernel',
  'events',
  'contracts',
  'log',
  'storage',
  'ingest',
  'processors',
  'api',
  'simulator',
  'cli',
  'main.ts',
  'config.ts',
  'demo.ts',
  'demo-switch.ts',
  'backup.ts',
  'offline.ts',
  'policy.ts',
  'sources.ts',
  'retention.ts',
  'roles.ts',
  'open-log.ts',
  'store.ts',
  'tsconfig.json',
  'tsconfig.base.json',
]
const dashboardSources = ['dashboard', 'contracts', 'events', 'kernel']

const parts = [
  { name: 'server', sources: serverSources, product: 'dist/main.js', needs: 'typescript/bin/tsc', args: ['-p', 'tsconfig.json'] },
  {
    name: 'dashboard',
    sources: dashboardSources,
    product: 'dist/dashboard/index.html',
    needs: 'vite/bin/vite.js',
    args: ['build', 'dashboard', '--logLevel', 'warn'],
  },
]

/** Newest change below a path, in epoch ms; 0 when there is nothing. */
function newestChange(path) {
  const full = join(root, path)
  if (!existsSync(full)) return 0
  const stat = statSync(full)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(full).reduce(
    (newest, entry) => (entry === 'node_modules' ? newest : Math.max(newest, newestChange(join(path, entry)))),
    0,
  )
}

export function build({ force = false } = {}) {
  for (const part of parts) {
    const built = newestChange(part.product)
    const isStale = Math.max(...part.sources.map(newestChange)) > built
    if (!force && built > 0 && !isStale) continue
    const tool = join(root, 'node_modules', part.needs)
    if (!existsSync(tool)) {
      if (built > 0) {
        console.error(
          `The ${part.name} is older than its sources, and the development packages that build it are not installed: running what was built before.`,
        )
        continue
      }
      console.error(
        `The ${part.name} is not built, and the development packages that build it are not installed. Run "npm ci" (without --omit=dev) and try again.`,
      )
      process.exit(1)
    }
    console.error(`Building the ${part.name} …`)
    const { status } = spawnSync(process.execPath, [tool, ...part.args], { cwd: root, stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
    if (part.name === 'server') cpSync(join(root, 'storage/migrations'), join(root, 'dist/storage/migrations'), { recursive: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) build({ force: process.argv.includes('--force') })
