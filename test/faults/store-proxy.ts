import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What stands between Callboard and the store: `pass`; `refuse` cuts at once; `503` answers so; `hang` never answers; `drip` answers a
 * byte at a time; `cut` lets the work be done and drops the answer; `hold` keeps the request until `release`; a number is an error of
 * ClickHouse with that code.
 */
export type ProxyMode = 'pass' | 'refuse' | '503' | 'hang' | 'drip' | 'cut' | 'hold' | number

export interface StoreProxy {
  url: string
  /** By table where the statement is an insert into one, else by `other`. Asked for each request. */
  mode: (table: string, isInsert: boolean) => ProxyMode
  /** Rows sent in inserts, each time. */
  inserts: { table: string; rows: number; at: number }[]
  /** Requests that are held. */
  readonly held: number
  /** Lets the store have what was held; resolves when it has answered all of it. */
  release(): Promise<void>
  /** Ends every connection there is. */
  cutAll(): void
  stop(): Promise<void>
}

export async function startStoreProxy(target: { url: () => string; headers: Readonly<Record<string, string>> }): Promise<StoreProxy> {
  const proxy = { mode: () => 'pass', inserts: [] } as unknown as StoreProxy
  const held: (() => Promise<void>)[] = []
  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const sql = new URL(req.url ?? '/', 'http://x').searchParams.get('query') ?? body.toString('utf8', 0, 200)
    const table = /^\s*INSERT INTO (\w+)/i.exec(sql)?.[1]
    if (table !== undefined) proxy.inserts.push({ table, rows: body.toString().split('\n').filter(Boolean).length, at: performance.now() })
    const mode = proxy.mode(table ?? 'other', table !== undefined)
    if (mode === 'refuse') return void req.socket.destroy()
    if (mode === 'hang') return
    if (mode === '503') return void res.writeHead(503).end('busy')
    if (mode === 'drip') {
      res.writeHead(200)
      const drip = (left: number): void =>
        void (left > 0 && !res.destroyed ? setTimeout(() => drip((res.write(' '), left - 1)), 20) : res.destroy())
      return drip(20)
    }
    if (typeof mode === 'number') {
      res.writeHead(mode === 241 ? 500 : 400, { 'X-ClickHouse-Exception-Code': String(mode) })
      return void res.end(`Code: ${mode}. DB::Exception: made by a test. (TEST)`)
    }
    if (mode === 'hold') return void held.push(() => forward(req, res, body, mode))
    void forward(req, res, body, mode)
  }
  const forward = (req: IncomingMessage, res: ServerResponse, body: Buffer, mode: ProxyMode): Promise<void> => {
    const url = new URL(req.url ?? '/', target.url())
    const { 'transfer-encoding': _chunked, ...sent } = req.headers
    const headers = { ...sent, ...target.headers, host: url.host, 'content-length': body.length }
    return new Promise((done) => {
      const sending = request(url, { method: req.method, headers }, (answer) => {
        answer.on('end', done)
        if (mode === 'cut') {
          answer.resume()
          answer.on('end', () => req.socket.destroy())
          return
        }
        res.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(res)
      })
      sending.on('error', () => {
        req.socket.destroy()
        done()
      })
      sending.end(body)
    })
  }
  const server = createServer((req, res) => void handle(req, res).catch(() => res.destroy()))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.defineProperty(proxy, 'held', { get: () => held.length })
  proxy.release = async () => void (await Promise.all(held.splice(0).map((send) => send())))
  proxy.cutAll = () => server.closeAllConnections()
  proxy.stop = async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
  return proxy
}
