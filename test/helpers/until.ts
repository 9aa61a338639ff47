/** Polls until `probe` gives something other than undefined or false; fails with `what` after `withinMs`. */
export async function until<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs
  let last: unknown
  while (Date.now() < deadline) {
    try {
      const found = await probe()
      if (found !== undefined && found !== false) return found
    } catch (error) {
      last = error
    }
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`not within ${withinMs} ms: ${what}${last instanceof Error ? ` (last: ${last.message})` : ''}`)
}
