import type { Problem } from '#contracts/public'

/** An answer of the server that says no, with its problem document. */
export class ApiProblem extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`)
    this.name = 'ApiProblem'
    this.problem = problem
  }
}

/** The server's own answers are trusted to have the contract's shape: page and server are built together, hence the cast. */
export async function api<T>(path: string, options: { method?: string; body?: unknown; signal?: AbortSignal } = {}): Promise<T> {
  const response = await fetch(`/api/v1${path}`, {
    method: options.method ?? 'GET',
    credentials: 'same-origin',
    headers: { accept: 'application/json', ...(options.body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: options.body === undefined ? null : JSON.stringify(options.body),
    signal: options.signal ?? null,
  })
  if (response.status === 204) return undefined as T
  const isJson = /json/.test(response.headers.get('content-type') ?? '')
  const body: unknown = isJson ? await response.json() : null
  if (!response.ok) throw new ApiProblem(toProblem(response.status, body))
  return body as T
}

function toProblem(status: number, body: unknown): Problem {
  const known = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  return {
    type: 'about:blank',
    title: `HTTP ${status}`,
    code: `HTTP_${status}`,
    detail: status >= 500 ? 'The server cannot answer at the moment.' : 'The server refused this request.',
    ...known,
    status,
  }
}

/** Every list of the API. */
export interface ListAnswer<T> {
  items: T[]
  nextCursor: string | null
}
