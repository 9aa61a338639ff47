/**
 * From a POSTed agent event to the page's socket, over the whole server in its own process: HTTP → door → log (on disk) → fold →
 * commit (on disk) → rows → frame → socket. The load is steady; each event is one request.
 */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { io } from 'socket.io-client'
import type { Delta, SubscribeAnswer } from '#contracts/live'
import type { PublicAgent } from '#contracts/public'
import { startServer } from '../test/helpers/server.ts'
import { build } from '../scripts/build.mjs'
import { agentEvent } from '../test/helpers/wire.ts'

export async function run(args: readonly string[]): Promise<void> {
  const options = {
    rate: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
    agents: { type: 'string', default: '500' },
  } as const
  const { values } = parseArgs({ args: [...args], options })
  const perSecond = Number(values.rate)
  const seconds = Number(values.seconds)
  const agents = Number(values.agents)
  build()
  const server = await startServer()
  try {
    const token = readFileSync(join(server.dataDir, 'local-token'), 'utf8').trim()
    const socket = io(`${server.url}/live`, { transports: ['websocket'], auth: { token } })
    const sentAt = new Map<string, number>()
    const latencies: number[] = []
    const seen = (row: PublicAgent): void => {
      const key = `${row.id} ${row.lastEventAt}`
      const at = sentAt.get(key)
      if (at === undefined) return
      sentAt.delete(key)
      latencies.push(performance.now() - at)
    }
    socket.on('delta', (delta: Delta) => Object.values(delta.set).forEach((row) => seen(row as PublicAgent)))
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', () =>
        socket.emit('subscribe', { query: { rows: 'agents' } }, (answer: SubscribeAnswer) =>
          'error' in answer ? reject(new Error(answer.error.detail)) : resolve(),
        ),
      )
    })

    let failed = 0
    const acks: number[] = []
    const keepAlive = new Agent({ keepAlive: true, maxSockets: 64 })
    const post = (payload: object): void => {
      const body = JSON.stringify(payload)
      const postedAt = performance.now()
      const req = request(
        `${server.url}/api/v1/events/agent-events`,
        {
          method: 'POST',
          agent: keepAlive,
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
        },
        (res) => {
          res.resume()
          acks.push(performance.now() - postedAt)
        },
      )
      req.on('error', () => failed++)
      req.end(body)
    }
    const cpuBefore = cpuSeconds(server.pid)
    const mainBefore = cpuSeconds(server.pid, server.pid)
    const startedAt = performance.now()
    let sent = 0
    while (performance.now() - startedAt < seconds * 1000) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * perSecond)
      for (; sent < due; sent++) {
        const agent = `agent-${sent % agents}`
        const time = new Date().toISOString()
        const isBusy = Math.floor(sent / agents) % 2 === 0
        sentAt.set(`${agent} ${time}`, performance.now())
        post(
          agentEvent(agent, time, {
            AgentStatus: { Name: 'Available' },
            Contacts: isBusy ? [{ ContactId: `c-${sent}`, State: 'CONNECTED' }] : [],
          }),
        )
      }
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    const waitUntil = performance.now() + 5_000
    while (sentAt.size > 0 && performance.now() < waitUntil) await new Promise((resolve) => setTimeout(resolve, 20))
    const cpu = cpuSeconds(server.pid) - cpuBefore
    const main = cpuSeconds(server.pid, server.pid) - mainBefore
    const commits = meansOf(await (await fetch(`${server.metricsUrl}/metrics`)).text(), 'lane_commit_ms')
    console.log(
      `live: ${sent} events at ${perSecond}/s, one request each, ${agents} agents; ${latencies.length} seen, ${sentAt.size} conflated into a later frame or not seen, ${failed} requests failed`,
    )
    console.log(`event to socket: ${percentiles(latencies)}`)
    console.log(`event to durable (202): ${percentiles(acks)}; mean commit of a lane: ${commits}`)
    console.log(
      `server: ${((cpu * 1e6) / sent).toFixed(0)} CPU µs per event (${((main * 1e6) / sent).toFixed(0)} in the main thread), ${Math.round(rssMb(server.pid))} MB RSS; target p99 under 250 ms`,
    )
    socket.disconnect()
    keepAlive.destroy()
  } finally {
    await server.stop()
  }
}

/** User and system time of a process or of one of its threads, seconds (Linux, 100 ticks a second). */
function cpuSeconds(pid: number, thread?: number): number {
  const stat = readFileSync(thread === undefined ? `/proc/${pid}/stat` : `/proc/${pid}/task/${thread}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

function rssMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

function percentiles(values: number[]): string {
  values.sort((a, b) => a - b)
  const at = (q: number): string => `${(values[Math.min(values.length - 1, Math.floor(values.length * q))] ?? NaN).toFixed(1)} ms`
  return `p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)}`
}

/** Means of a histogram of the metrics page, one per lane. */
function meansOf(text: string, name: string): string {
  const read = (suffix: string): Map<string, number> =>
    new Map(
      [...text.matchAll(new RegExp(`^${name}_${suffix}\\{lane="([^"]+)"\\} ([\\d.]+)$`, 'gm'))].map((m) => [m[1] ?? '', Number(m[2])]),
    )
  const [sums, counts] = [read('sum'), read('count')]
  return [...sums].map(([lane, sum]) => `${lane} ${(sum / (counts.get(lane) ?? 1)).toFixed(1)} ms × ${counts.get(lane)}`).join(', ')
}
