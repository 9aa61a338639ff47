import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Component } from '#kernel/lifecycle'

/** `GET /metrics` in Prometheus text format 0.0.4, on a port of its own, so that it can stay inside while the API is outside. */
export function createMetricsServer(
  config: { host: string; port: number },
  deps: { render: () => string },
): Component & { readonly url: string } {
  let server: Server | undefined
  let url = ''
  return {
    name: 'metrics port',
    get url() {
      return url
    },
    async start() {
      if (server) return
      const made = createServer((request, response) => {
        const isMetrics = request.url?.split('?', 1)[0] === '/metrics'
        const canRead = request.method === 'GET' || request.method === 'HEAD'
        if (!isMetrics || !canRead) response.writeHead(isMetrics ? 405 : 404, { 'content-type': 'text/plain' }).end('only GET /metrics\n')
        else response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(deps.render())
      })
      await new Promise<void>((resolve, reject) => {
        made.once('error', reject)
        made.listen(config.port, config.host, resolve)
      })
      server = made
      const { address, family, port } = made.address() as AddressInfo
      url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
    },
    async stop() {
      const stopped = server
      server = undefined
      if (!stopped) return
      stopped.closeAllConnections()
      await new Promise((resolve) => stopped.close(resolve))
    },
  }
}
