export interface Check {
  area: 'server' | 'sources' | 'streams' | 'dead-letters'
  status: 'ok' | 'warning' | 'failed'
  title: string
  detail: string
  advice: string | null
}

const areas = { server: 'Server', sources: 'Sources', streams: 'Streams', 'dead-letters': 'Dead letters' } as const
/** Read without colours too: the mark is a word. */
const marks = { ok: 'ok     ', warning: 'look   ', failed: 'FAILED ' } as const

/** The checks as text: by area, what is not well with what to do about it below. */
export function reportText(checks: readonly Check[]): string {
  const blocks = Object.entries(areas).flatMap(([area, heading]) => {
    const own = checks.filter((check) => check.area === area)
    if (own.length === 0) return []
    const width = Math.max(...own.map(({ title }) => title.length))
    const lines = own.flatMap(({ status, title, detail, advice }) => [
      `  ${marks[status]} ${title.padEnd(width)}  ${detail}`,
      ...(advice === null ? [] : [`          ${' '.repeat(width)}→ ${advice}`]),
    ])
    return [[heading, ...lines].join('\n')]
  })
  const count = (status: Check['status']): number => checks.filter((check) => check.status === status).length
  const [failed, warnings] = [count('failed'), count('warning')]
  const verdict =
    failed > 0 ? `${failed} failed, ${warnings} worth a look` : warnings > 0 ? `all works; ${warnings} worth a look` : 'all is well'
  return [...blocks, verdict].join('\n\n')
}
