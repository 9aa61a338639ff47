import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { ISocketFactory } from 'kafkajs'

/** Kafka's numbers of some requests. */
export const requests = { produce: 0, endTransaction: 26, offsetsToTransaction: 28, heartbeat: 12 } as const

/** `request`: the broker never sees it. `response`: the broker has done it, the client never hears. */
export type Cut = 'request' | 'response' | undefined

/** A way to the broker that can be closed, that can swallow everything, and that can be cut at a chosen request. */
export interface KafkaLink {
  socketFactory: ISocketFactory
  /** `refuse`: connections are reset. `silent`: they stay, and nothing comes through. */
  mode: 'up' | 'refuse' | 'silent'
  cut: (request: number) => Cut
  cuts: number
  close(): Promise<void>
}

export async function startKafkaLink(brokers: string): Promise<KafkaLink> {
  const [host = '', port] = brokers.split(':')
  const sockets = new Set<Socket>()
  let mode: KafkaLink['mode'] = 'up'

  const join = (client: Socket): void => {
    if (mode === 'refuse') return void client.resetAndDestroy()
    const broker = connect({ host, port: Number(port), noDelay: true })
    const end = (): void => {
      client.destroy()
      broker.destroy()
    }
    for (const socket of [client, broker]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    let cutAtResponse = false
    const onFrame = (frame: Buffer): void => {
      const cut = link.cut(frame.readInt16BE(4))
      if (cut) link.cuts++
      if (cut === 'request') return end()
      cutAtResponse ||= cut === 'response'
      broker.write(frame)
    }
    client.on(
      'data',
      inFrames((frame) => (mode === 'silent' ? undefined : onFrame(frame))),
    )
    // Producers have one request under way per connection, so the next bytes belong to the request that is to be cut.
    broker.on('data', (chunk) => (mode === 'silent' ? undefined : cutAtResponse ? end() : client.write(chunk)))
  }

  const server = createServer({ noDelay: true }, join)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const listening = (server.address() as AddressInfo).port
  const link: KafkaLink = {
    // Whatever address the broker advertises, connections go through here.
    socketFactory: ({ onConnect }) => connect({ host: '127.0.0.1', port: listening, noDelay: true }, onConnect),
    get mode() {
      return mode
    },
    set mode(next) {
      mode = next
      // What was swallowed is lost, so no connection survives a silence either.
      if (next !== 'silent') for (const socket of sockets) socket.destroy()
    },
    cut: () => undefined,
    cuts: 0,
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
  return link
}

/** Splits a byte stream into Kafka's length-prefixed frames. */
function inFrames(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
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
