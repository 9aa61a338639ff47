import type { LiveStatus } from '#contracts/live'

/** What the banner says of the demo beside its name; null: nothing. */
export function historyWords(status: Pick<LiveStatus, 'preparing' | 'history'> | null): string | null {
  if (!status || status.preparing) return null
  if (status.history === 'loading') return 'earlier figures of today are being loaded …'
  if (status.history === 'failed') return 'figures of today begin with the start of the demo: earlier ones could not be loaded'
  return null
}

/** Where the focus goes in a menu of `count` lines; null: the key means nothing there. */
export function nextLine(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count
    case 'ArrowUp':
      return (at - 1 + count) % count
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}

/** A letter goes to the next line that begins with it. */
export function lineByLetter(key: string, at: number, titles: readonly string[]): number | null {
  if (!/^\p{L}$/u.test(key)) return null
  const order = titles.map((_, i) => (at + 1 + i) % titles.length)
  return order.find((i) => titles[i]?.toLowerCase().startsWith(key.toLowerCase())) ?? null
}
