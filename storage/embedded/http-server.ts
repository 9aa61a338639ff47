import { createHash, randomUUID, timingSafeEqual } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { messageOf } from '#kernel/errors'
import type { Engine, EngineAnswer } from './engine.ts'
import { KEY_HEADER } from './messages.ts'
import { insertFromFile, refuseFiles, parseStatementRequest, RequestFault, type StatementRequest } from './request.ts'

const MAX_ROWS_BYTES = 256 * 1024 * 1024
const MAX_STATEMENT_BYTES = 1024 * 1024
/** Parameters travel in the URL. */
const MAX_HEADER_BYTES = 1024 * 1024

/**
 * The part of ClickHouse's HTTP interface that @clickhouse/client uses: `GET /ping`, and `POST /` with a statement or an INSERT
 * and its rows. Answers are sent whole, so an error always has its own status and never cuts an answer short.
 */
export function createHttpServer(deps: { engine: Engine; key: string; tmpDir: string }): Server {
  const keyDigest = digest(deps.key)
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const sent = req.headers[KEY_HEADER]
    if (typeof sent !== 'string' || !timingSafeEqual(digest(sent), keyDigest))
      throw new RequestFault(403, 516, 'the key is missing or wrong')
    const url = new URL(req.url ?? '/', 'http://engine')
    if (url.pathname === '/ping') {
      await deps.engine.ping()
      res.end('Ok.\n')
      return
    }
    if (url.pathname !== '/' || req.method !== 'POST') throw new RequestFault(404, 36, 'only POST / and GET /ping are answered')
    if (req.headers['content-encoding']) throw new RequestFault(400, 89, 'bodies must not be compressed')
    const request = parseStatementRequest(url.searchParams)
    res.setHeader('X-ClickHouse-Query-Id', request.tag)
    const gone = new AbortController()
    res.on('close', () => gone.abort(new Error('the caller went away')))
    sendAnswer(res, request, await answer(deps, req, request, gone.signal))
  }
  return createServer({ maxHeaderSize: MAX_HEADER_BYTES }, (req, res) => {
    handle(req, res).catch((error: unknown) => sendError(req, res, error))
  })
}

async function answer(
  deps: { engine: Engine; tmpDir: string },
  req: IncomingMessage,
  request: StatementRequest,
  signal: AbortSignal,
): Promise<EngineAnswer | null> {
  if (!request.hasRows) {
    const body = await readText(req, MAX_STATEMENT_BYTES)
    return deps.engine.run(refuseFiles(request.sql === '' ? body : request.sql), request, signal)
  }
  const file = join(deps.tmpDir, `rows-${randomUUID()}`)
  try {
    const sql = insertFromFile(refuseFiles(request.sql), file)
    const size = await writeRows(req, file)
    return size === 0 ? null : await deps.engine.run(sql, request, signal)
  } finally {
    await rm(file, { force: true })
  }
}

async function writeRows(req: IncomingMessage, file: string): Promise<number> {
  let size = 0
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length
      if (size > MAX_ROWS_BYTES) done(new RequestFault(413, 307, `rows of more than ${MAX_ROWS_BYTES} bytes`))
      else done(null, chunk)
    },
  })
  await pipeline(req, count, createWriteStream(file, { mode: 0o600 }))
  return size
}

async function readText(req: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new RequestFault(413, 307, `a statement of more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function sendAnswer(res: ServerResponse, request: StatementRequest, result: EngineAnswer | null): void {
  if (result) {
    const [rows, bytes] = [String(result.rowsRead), String(result.bytesRead)]
    const written = request.hasRows ? { written_rows: rows, written_bytes: bytes } : { written_rows: '0', written_bytes: '0' }
    const elapsed = String(Math.round(result.elapsedSeconds * 1e9))
    res.setHeader('X-ClickHouse-Summary', JSON.stringify({ read_rows: rows, read_bytes: bytes, ...written, elapsed_ns: elapsed }))
  }
  res.end(result?.bytes)
}

function sendError(req: IncomingMessage, res: ServerResponse, error: unknown): void {
  if (res.headersSent || res.destroyed) {
    res.destroy()
    return
  }
  const message = messageOf(error).replace(/^Query failed: /, '')
  const number = error instanceof RequestFault ? error.number : Number(/Code: (\d+)/.exec(message)?.[1] ?? 1000)
  const status = error instanceof RequestFault ? error.status : statusOf(number)
  const text = error instanceof RequestFault ? `Code: ${number}. DB::Exception: ${message}. (REQUEST_REFUSED)` : message
  res.writeHead(status, { 'X-ClickHouse-Exception-Code': String(number), 'Content-Type': 'text/plain; charset=utf-8' })
  res.end(`${text}\n`)
  // What is left of a refused body must not be taken for the next request.
  if (!req.complete) res.on('finish', () => req.destroy())
}

/** As a server answers: 404 for an unknown table or database, 500 for memory and time, 400 otherwise. */
function statusOf(number: number): number {
  if (number === 60 || number === 81) return 404
  return number === 241 || number === 159 ? 500 : 400
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
