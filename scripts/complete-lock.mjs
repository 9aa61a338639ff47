// Adds chDB's platform packages to package-lock.json where npm left them out. A registry that lacks some of them (they answer 404)
// makes `npm install` drop their entries, and `npm ci` then stops with "Missing: @chdb/lib-… from lock file". Run after each change
// of the lock; test/unit/repository/lock-file.test.ts checks the result. Changes nothing when nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const lockPath = fileURLToPath(new URL('../package-lock.json', import.meta.url))
const lock = JSON.parse(readFileSync(lockPath, 'utf8'))
const wanted = lock.packages['node_modules/chdb']?.optionalDependencies ?? {}
const added = Object.entries(wanted).filter(([name]) => lock.packages[`node_modules/${name}`] === undefined)

for (const [name, version] of added) lock.packages[`node_modules/${name}`] = platformPackage(name, version)
if (added.length > 0) {
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
  writeFileSync(lockPath, `${JSON.stringify(lock, null, 2)}\n`)
}
console.log(added.length === 0 ? 'package-lock.json is complete' : `added ${added.map(([name]) => name).join(', ')}`)

/** The entry as npm would write it; without `integrity`, which only a registry that has the package can tell. */
function platformPackage(name, version) {
  const [, os, cpu, libc] = /^@chdb\/lib-([a-z]+)-([a-z0-9]+)(?:-([a-z]+))?$/.exec(name) ?? []
  if (!os) throw new Error(`cannot tell the platform of ${name}`)
  return {
    version,
    cpu: [cpu],
    ...(libc ? { libc: [libc === 'gnu' ? 'glibc' : libc] } : {}),
    license: 'Apache-2.0',
    optional: true,
    os: [os],
  }
}
