import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { eventually } from './eventually.ts'

export interface Received {
  headers: Record<string, string>
  body: string
}

export interface Receiver {
  url: string
  /** `host:port`, for WEBHOOK_ALLOW. */
  hostPort: string
  received: Received[]
  /** Status codes to answer next; 204 when none is left. */
  answers: number[]
  waitFor(count: number): Promise<void>
  stop(): Promise<void>
}

/** A webhook endpoint as an integrator would write it: keeps what it got, answers what it is told. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const answers: number[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers as Record<string, string>, body: Buffer.concat(chunks).toString() })
      response.writeHead(answers.shift() ?? 204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const hostPort = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: `http://${hostPort}/callboard`,
    hostPort,
    received,
    answers,
    waitFor: async (count) => void (await eventually(() => received.length >= count, `${count} webhook messages`)),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
