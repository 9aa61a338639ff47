import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What to answer instead; `silent` takes the request and says nothing. */
export type Fault = { status: number; type: string; message?: string } | 'silent' | 'reset' | undefined

export interface AwsProxy {
  endpoint: string
  /** Asked for each request; `action` is what follows the dot in the target, such as GetRecords. */
  fault: (action: string) => Fault
  stop(): Promise<void>
}

/** Stands before a test server and answers as Amazon does when something is wrong. */
export async function startAwsProxy(target: string): Promise<AwsProxy> {
  const answer = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const action = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? ''
    const fault = proxy.fault(action)
    if (fault === 'silent') return
    if (fault === 'reset') return void incoming.socket.resetAndDestroy()
    if (fault) {
      outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.1' })
      return void outgoing.end(JSON.stringify({ __type: fault.type, message: fault.message ?? 'said the test' }))
    }
    const { method, headers } = incoming
    const forwarded = request(new URL(incoming.url ?? '/', target), { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  }
  const server = createServer(answer)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const proxy: AwsProxy = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    fault: () => undefined,
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  return proxy
}
