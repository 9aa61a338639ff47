/** `npm run bench -- <name> [flags]`: prints measured figures; never a pass or fail. */
const benches: Record<string, () => Promise<{ run(args: readonly string[]): Promise<unknown> }>> = {
  live: () => import('./live.ts'),
  fold: () => import('./fold.ts'),
  log: () => import('./log.ts'),
  redaction: () => import('./redaction.ts'),
  restart: () => import('./risks/restart.ts'),
  restore: () => import('./restore.ts'),
  store: () => import('./risks/store.ts'),
  sizing: () => import('./sizing.ts'),
  stages: () => import('./stages.ts'),
  simulate: () => import('./simulate.ts'),
}

const [name = '', ...args] = process.argv.slice(2)
const bench = benches[name]
if (!bench) {
  console.error(`npm run bench -- <name>, one of: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
await (await bench()).run(args)
process.exit(0)
