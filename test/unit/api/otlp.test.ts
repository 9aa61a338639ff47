import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { createTelemetry } from '#kernel/telemetry'
import { createOtlpExporter, toOtlp } from '#api/otlp'
import { eventually } from '../../helpers/eventually.ts'

const about = { version: '1.0.0', startedAt: 1_000, now: 2_000 }

it('tells counters, gauges and histograms as OTLP has them', () => {
  const telemetry = createTelemetry(() => {})
  telemetry.count('events_total', { kind: 'a' }, 3)
  telemetry.gauge('lag_seconds', {}, 1.5)
  for (const ms of [1, 3, 70_000]) telemetry.observe('delay_ms', { lane: 'x' }, ms)
  const { resourceMetrics } = toOtlp(telemetry.snapshot(), about) as {
    resourceMetrics: {
      scopeMetrics: { metrics: { name: string; histogram?: { dataPoints: { bucketCounts: string[]; explicitBounds: number[] }[] } }[] }[]
    }[]
  }
  const { metrics } = resourceMetrics[0]!.scopeMetrics[0]!
  const times = { startTimeUnixNano: '1000000000', timeUnixNano: '2000000000' }
  expect(metrics[0]).toEqual({
    name: 'events_total',
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [{ attributes: [{ key: 'kind', value: { stringValue: 'a' } }], ...times, asDouble: 3 }],
    },
  })
  expect(metrics[1]).toEqual({ name: 'lag_seconds', gauge: { dataPoints: [{ attributes: [], ...times, asDouble: 1.5 }] } })
  const [point] = metrics[2]!.histogram!.dataPoints
  expect(point!.bucketCounts.map(Number).reduce((a, b) => a + b)).toBe(3)
  expect([point!.bucketCounts.length, point!.bucketCounts[0], point!.bucketCounts[2], point!.bucketCounts.at(-1)]).toEqual([
    point!.explicitBounds.length + 1,
    '1',
    '1',
    '1',
  ])
})

it('posts them to the collector at its pace and once more at the end, and says once that it is away', async () => {
  const got: { url: string | undefined; key: string | undefined; names: string[] }[] = []
  let status = 200
  const collector = createServer((req, res) => {
    let text = ''
    req.on('data', (chunk: Buffer) => (text += chunk.toString()))
    req.on('end', () => {
      const body = JSON.parse(text) as { resourceMetrics: { scopeMetrics: { metrics: { name: string }[] }[] }[] }
      got.push({
        url: req.url,
        key: req.headers['x-key'] as string,
        names: body.resourceMetrics[0]!.scopeMetrics[0]!.metrics.map((m) => m.name),
      })
      res.writeHead(status).end('{}')
    })
  })
  await new Promise<void>((done) => collector.listen(0, '127.0.0.1', done))
  onTestFinished(() => void collector.close())
  const clock = createManualClock(0)
  const logged: string[] = []
  const telemetry = createTelemetry((_level, event) => void logged.push(event))
  telemetry.count('events_total')
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/`
  const exporter = createOtlpExporter({ endpoint, headers: 'x-key=se%20cret', version: '1' }, { metrics: telemetry, clock, telemetry })
  await exporter.start()
  clock.advance(15_000)
  await eventually(() => got.length === 1)
  expect(got[0]).toEqual({ url: '/v1/metrics', key: 'se cret', names: ['events_total'] })
  status = 503
  clock.advance(15_000)
  await eventually(() => logged.length === 1)
  await exporter.stop()
  expect([got.length, logged]).toEqual([3, ['otlp_export_failed']])
})
