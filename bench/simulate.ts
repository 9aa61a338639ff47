/** How fast the simulated contact centre makes messages, with the JSON that goes out, and how much memory a day keeps. */
import { parseArgs } from 'node:util'
import { startSimulation } from '#simulator/start'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      profile: { type: 'string', default: 'omnichannel' },
      agents: { type: 'string', default: '5000' },
      queues: { type: 'string', default: '200' },
      hours: { type: 'string', default: '2' },
    },
  })
  const [agents, queues, hours] = [Number(values.agents), Number(values.queues), Number(values.hours)]
  const startAt = Date.UTC(2026, 2, 2, 9)
  const endAt = startAt + hours * 3_600_000
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  let facts = 0
  const simulation = startSimulation({ profile: values.profile, seed: 7, startAt, endAt, agents, queues, note: () => facts++ })
  const heaps: number[] = []
  let [count, bytes, nextHeapAt] = [0, 0, startAt + 600_000]
  const before = process.cpuUsage()
  let event = simulation.next()
  for (; event; event = simulation.next()) {
    count++
    bytes += JSON.stringify(event.payload).length
    if (event.at >= nextHeapAt && event.at < endAt) {
      collect()
      heaps.push(Math.round(process.memoryUsage().heapUsed / 1e6))
      nextHeapAt += (endAt - startAt) / 8
    }
  }
  const used = process.cpuUsage(before)
  const cpuMs = (used.user + used.system) / 1000
  console.log(
    `simulate: ${values.profile}, ${agents} agents, ${queues} queues, ${hours} h: ${count} messages, ${facts} facts, ${Math.round(bytes / 1e6)} MB of JSON`,
  )
  console.log(
    `  ${((cpuMs * 1000) / count).toFixed(1)} CPU µs per message with its JSON: ${Math.round(count / (cpuMs / 1000)).toLocaleString('en')} messages/s on one core`,
  )
  console.log(`  heap after a collection, MB, through the run: ${heaps.join(' ')}`)
}
