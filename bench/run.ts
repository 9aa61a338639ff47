/** `npm run bench -- <name> [--flag value …]`: prints measured figures; never a pass or fail. */
const benches: Record<string, () => Promise<{ run(args: ReadonlyMap<string, string>): Promise<void> }>> = {
  live: () => import('./live.ts'),
}

const [name = '', ...flags] = process.argv.slice(2)
const bench = benches[name]
if (!bench) {
  console.error(`npm run bench -- <name>, one of: ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}
const args = new Map<string, string>()
for (let i = 0; i < flags.length; i += 2) args.set((flags[i] ?? '').replace(/^--/, ''), flags[i + 1] ?? '')
await (await bench()).run(args)
process.exit(0)
