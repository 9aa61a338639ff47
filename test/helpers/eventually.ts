/** Polls until `probe` gives something other than undefined or false; fails with `what`, else with the text of the probe, after `withinMs`. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  what = String(probe),
  withinMs = 15_000,
): Promise<T> {
  const deadline = performance.now() + withinMs
  let last: unknown
  do {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  } while (performance.now() < deadline)
  throw new Error(`not within ${withinMs} ms: ${what}${last instanceof Error ? ` (last: ${last.message})` : ''}`)
}
