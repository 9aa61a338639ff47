import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { MetricsRegistry, MetricSnapshot, Telemetry } from '#kernel/telemetry'

export interface OtlpConfig {
  /** As `OTEL_EXPORTER_OTLP_ENDPOINT`: `http://collector:4318`. */
  endpoint: string
  /** As `OTEL_EXPORTER_OTLP_HEADERS`: `name=value,name=value`. */
  headers?: string | undefined
  serviceName?: string | undefined
  version: string
  everyMs?: number
}

const EVERY_MS = 15_000
const TIMEOUT_MS = 10_000
const CUMULATIVE = 2

/**
 * Sends all metrics to an OpenTelemetry collector: OTLP/HTTP in its JSON form, https://opentelemetry.io/docs/specs/otlp/#otlphttp.
 * A collector that is away is told of in one log line; totals are cumulative, so what it missed is in the next report.
 */
export function createOtlpExporter(
  config: OtlpConfig,
  deps: { metrics: Pick<MetricsRegistry, 'snapshot'>; clock: Clock; telemetry: Telemetry },
): Component {
  const { clock, telemetry } = deps
  const url = `${config.endpoint.replace(/\/$/, '')}/v1/metrics`
  const headers = { 'content-type': 'application/json', ...parseHeaders(config.headers) }
  let cancel: (() => void) | undefined
  let sending: Promise<void> = Promise.resolve()
  let startedAt = 0
  let isAway = false

  const send = async (): Promise<void> => {
    const body = JSON.stringify(toOtlp(deps.metrics.snapshot(), { ...config, startedAt, now: clock.now() }))
    try {
      const response = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) })
      await response.arrayBuffer()
      if (!response.ok) throw new Error(`it answered ${response.status}`)
      isAway = false
    } catch (error) {
      if (!isAway) telemetry.log('warn', 'otlp_export_failed', { message: messageOf(error) })
      isAway = true
    }
  }
  const tick = (): void => {
    sending = send()
    cancel = clock.after(config.everyMs ?? EVERY_MS, tick)
  }
  return {
    name: 'OpenTelemetry export',
    async start() {
      if (cancel) return
      startedAt = clock.now()
      cancel = clock.after(config.everyMs ?? EVERY_MS, tick)
    },
    async stop() {
      if (!cancel) return
      cancel()
      cancel = undefined
      await sending
      // The last figures would be lost otherwise.
      await send()
    },
  }
}

/** One report; times are nanoseconds as decimal strings, as protobuf's JSON form has 64-bit integers. */
export function toOtlp(
  snapshot: readonly MetricSnapshot[],
  about: { serviceName?: string | undefined; version: string; startedAt: number; now: number },
): object {
  const times = { startTimeUnixNano: nanos(about.startedAt), timeUnixNano: nanos(about.now) }
  const metrics = snapshot.map(({ name, type, series }) => {
    const attributesOf = (labels: Readonly<Record<string, string>>) => Object.entries(labels).map(([key, value]) => attribute(key, value))
    if (type === 'histogram')
      return {
        name,
        unit: 'ms',
        histogram: {
          aggregationTemporality: CUMULATIVE,
          dataPoints: series.map((s) => ({
            attributes: attributesOf(s.labels),
            ...times,
            count: String(s.value),
            sum: s.sum ?? 0,
            explicitBounds: s.bounds ?? [],
            bucketCounts: countsBetween(s.counts ?? [], s.value),
          })),
        },
      }
    const dataPoints = series.map((s) => ({ attributes: attributesOf(s.labels), ...times, asDouble: s.value }))
    return type === 'counter'
      ? { name, sum: { aggregationTemporality: CUMULATIVE, isMonotonic: true, dataPoints } }
      : { name, gauge: { dataPoints } }
  })
  return {
    resourceMetrics: [
      {
        resource: {
          attributes: [attribute('service.name', about.serviceName ?? 'callboard'), attribute('service.version', about.version)],
        },
        scopeMetrics: [{ scope: { name: 'callboard', version: about.version }, metrics }],
      },
    ],
  }
}

/** Prometheus counts everything up to a limit, OTLP what lies between two. */
function countsBetween(upTo: readonly number[], total: number): string[] {
  return [...upTo, total].map((count, i) => String(count - (upTo[i - 1] ?? 0)))
}

function attribute(key: string, value: string): object {
  return { key, value: { stringValue: value } }
}

function nanos(ms: number): string {
  return `${Math.floor(ms)}000000`
}

function parseHeaders(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').map((pair) => pair.split(/=(.*)/s).map((part) => decodeURIComponent(part.trim())))
  return Object.fromEntries(pairs.flatMap(([name = '', value = '']) => (name === '' ? [] : [[name, value] as const])))
}
