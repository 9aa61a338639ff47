import { connect, createServer, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

export const API_NAMES: Readonly<Record<number, string>> = {
  0: 'Produce',
  1: 'Fetch',
  3: 'Metadata',
  9: 'OffsetFetch',
  10: 'FindCoordinator',
  18: 'ApiVersions',
  22: 'InitProducerId',
  24: 'AddPartitionsToTxn',
  25: 'AddOffsetsToTxn',
  26: 'EndTxn',
  28: 'TxnOffsetCommit',
}

/** `request`: the broker never sees it. `response`: the broker has done it, the client never hears. */
export type Cut = 'request' | 'response' | undefined

export interface Proxy {
  readonly socketFactory: ISocketFactory
  readonly requests: Map<string, number>
  readonly cuts: Map<string, number>
  close(): Promise<void>
}

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)

/** Splits a byte stream into Kafka's length-prefixed frames. */
function frames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const size = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(0, size))
      rest = rest.subarray(size)
    }
  }
}

/** A TCP proxy on loopback that knows request headers and may cut the connection at a chosen request. */
export async function startProxy(brokers: string, decide: (api: string) => Cut): Promise<Proxy> {
  const [host, port] = brokers.split(':')
  const requests = new Map<string, number>()
  const cuts = new Map<string, number>()
  const sockets = new Set<Socket>()

  const join = (client: Socket): void => {
    const broker = connect({ host: host ?? '', port: Number(port), noDelay: true })
    const cutBoth = (): void => {
      client.resetAndDestroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', cutBoth).on('close', () => {
        sockets.delete(socket)
        cutBoth()
      })
    }
    let cutAtResponse = false
    client.on(
      'data',
      frames((frame) => {
        const api = API_NAMES[frame.readInt16BE(4)] ?? String(frame.readInt16BE(4))
        count(requests, api)
        const cut = decide(api)
        if (cut) count(cuts, `${api} ${cut}`)
        if (cut === 'request') return cutBoth()
        cutAtResponse ||= cut === 'response'
        broker.write(frame)
      }),
    )
    // One request is under way per writer connection, so the next bytes belong to the request that is to be cut.
    broker.on('data', (chunk) => (cutAtResponse ? cutBoth() : client.write(chunk)))
  }

  const server = createServer({ noDelay: true }, join)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const listening = typeof address === 'object' && address ? address.port : 0
  return {
    requests,
    cuts,
    // Whatever address the broker advertises, connections go through here.
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port: listening, noDelay: true }, onConnect),
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
