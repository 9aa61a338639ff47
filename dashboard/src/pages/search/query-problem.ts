import type { Problem } from '#contracts/public'

export interface QueryProblem {
  title: string
  detail: string
  /** Where in the query it went wrong, when the server says so: characters from the start. */
  position: number | null
  messages: readonly string[]
}

/** A refused query in readable form. The server says where in words: "(at character 12)", counted from one. */
export function queryProblem(problem: Problem, query: string): QueryProblem {
  const errors = problem.errors ?? []
  const found = [problem.detail, ...errors.map((e) => e.message)].map(positionIn).find((p) => p !== null) ?? null
  return {
    title: problem.code === 'QUERY_INVALID' ? 'This search cannot be understood' : problem.title,
    detail: problem.detail,
    position: found === null ? null : Math.min(found, query.length),
    messages: errors.map((e) => e.message).filter((m) => m !== problem.detail),
  }
}

function positionIn(text: string): number | null {
  const counted = /\bat character (\d+)/i.exec(text)
  return counted ? Math.max(0, Number(counted[1]) - 1) : null
}
