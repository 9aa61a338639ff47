import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '#kernel/errors'

export interface ServerOptions {
  url: string
  key?: string | undefined
  dataDir: string
}

/** Speaks HTTP to the running server: with the key given, else with the token file that the server left in the data folder. */
export interface ServerClient {
  call<T>(method: string, path: string, body?: { type: string; text: string | Uint8Array<ArrayBuffer> }): Promise<T>
}

/** A refusal by the server, in its own words. */
export class ServerRefusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** No server answers at the address. */
export class NoServer extends Error {}

export async function createServerClient(options: ServerOptions): Promise<ServerClient> {
  const key = options.key ?? process.env['CALLBOARD_KEY'] ?? (await readToken(options.dataDir))
  return {
    async call<T>(method: string, path: string, body?: { type: string; text: string | Uint8Array<ArrayBuffer> }) {
      let response: Response
      try {
        response = await fetch(new URL(`/api/v1${path}`, options.url), {
          method,
          headers: { ...(key === undefined ? {} : { authorization: `Bearer ${key}` }), ...(body ? { 'content-type': body.type } : {}) },
          ...(body ? { body: body.text } : {}),
        })
      } catch (error) {
        throw new NoServer(`no server answers at ${options.url}: ${messageOf(error instanceof Error && error.cause ? error.cause : error)}`)
      }
      const text = await response.text()
      const answer = toAnswer(text, response)
      if (!response.ok) {
        const { code, detail } = (answer ?? {}) as { code?: string; detail?: string }
        throw new ServerRefusal(response.status, code ?? 'INTERNAL', `${detail ?? response.statusText} (${code ?? response.status})`)
      }
      return answer as T
    },
  }
}

/** Something between us and the server may answer in words of its own. */
function toAnswer(text: string, response: Response): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    if (response.ok) throw new ServerRefusal(response.status, 'NOT_JSON', `${response.url} answers with something else than JSON`)
    return { code: 'NOT_JSON', detail: `${response.status} ${response.statusText}` }
  }
}

async function readToken(dataDir: string): Promise<string | undefined> {
  for (const folder of [dataDir, join(dataDir, 'demo')]) {
    try {
      return (await readFile(join(folder, 'local-token'), 'utf8')).trim()
    } catch {
      // The next place; without any the server says that a key is needed.
    }
  }
  return undefined
}
