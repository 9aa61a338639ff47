import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'

// The package has no types; this is the one function we use.
const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => Server

/** A server that speaks the DynamoDB API on loopback and a random port, in memory. */
export async function startDynamo(): Promise<{ endpoint: string; stop(): Promise<void> }> {
  const server = dynalite({ createTableMs: 10, deleteTableMs: 10 })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections?.()
      await new Promise((done) => server.close(done))
    },
  }
}
