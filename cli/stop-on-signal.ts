/** How often a stop may be asked for before the process ends at once. */
const PATIENCE = 2

/** Stops and ends the process; `code` is the best it can end with. */
export async function end(stop: () => Promise<string[]>, code = 0): Promise<never> {
  const problems = await stop()
  for (const problem of problems) console.error(`callboard: ${problem}`)
  process.exit(problems.length === 0 ? code : 1)
}

export function stopOnSignal(stop: () => Promise<string[]>): void {
  let asked = 0
  const onSignal = (): void => {
    if (++asked >= PATIENCE) process.exit(1)
    void end(stop)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // The terminal was closed.
  process.on('SIGHUP', onSignal)
}
