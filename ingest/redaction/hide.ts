import type { Span } from './scanned.ts'

export type RedactionMode = 'mask' | 'drop'

/** What stands for a text that was dropped. */
export const DROPPED = '***'

/** Same length in UTF-16 units and, as only such characters are hidden, in code points: every offset into the text stays true. */
export function hide(text: string, spans: readonly Span[], mode: RedactionMode): string {
  if (spans.length === 0) return text
  if (mode === 'drop') return DROPPED
  let hidden = ''
  let at = 0
  for (const { begin, end } of spans) {
    if (end <= at) continue
    const from = Math.max(at, begin)
    hidden += text.slice(at, from) + '*'.repeat(end - from)
    at = end
  }
  return hidden + text.slice(at)
}
