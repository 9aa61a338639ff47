#!/usr/bin/env node
// `npm run test:faults -- [--seeds N] [--seed S] [--short] [name]`: the fault tests at full size. Prints its seeds; a seed that failed
// is run again with `--seeds 1 --seed <it>`. `name` is a part of a test's name.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '20' }, seed: { type: 'string' }, short: { type: 'boolean', default: false } },
})
const seed = values.seed ?? String(Math.floor(Math.random() * 1_000_000))
if (![seed, values.seeds].every((text) => /^\d{1,9}$/.test(text))) {
  console.error('--seeds and --seed take whole numbers')
  process.exit(2)
}
console.log(
  `seeds ${seed} to ${Number(seed) + Number(values.seeds) - 1}; again with: npm run test:faults -- --seeds ${values.seeds} --seed ${seed}`,
)
const root = resolve(import.meta.dirname, '..')
const env = { ...process.env, FAULTS: values.short ? 'short' : 'long', FAULTS_SEED: seed, FAULTS_SEEDS: values.seeds }
const args = [resolve(root, 'node_modules/vitest/vitest.mjs'), 'run', '--project', 'faults']
if (positionals.length > 0) args.push('-t', positionals.join(' '))
const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env })
if (status !== 0) console.log(`failed with seed ${seed}: npm run test:faults -- --seeds ${values.seeds} --seed ${seed}`)
process.exit(status ?? 1)
