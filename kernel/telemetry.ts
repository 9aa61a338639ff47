export type Labels = Readonly<Record<string, string>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/**
 * Counters, gauges, histograms and log lines. Labels are bounded: never a contact id, an agent id or words somebody said.
 * Log fields never hold transcripts or names of people.
 */
export interface Telemetry {
  count(metric: string, labels?: Labels, by?: number): void
  gauge(metric: string, labels: Labels, value: number): void
  /** One observation in milliseconds. */
  observe(metric: string, labels: Labels, ms: number): void
  log(level: LogLevel, event: string, fields?: Record<string, unknown>): void
}

export const silentTelemetry: Telemetry = { count: () => {}, gauge: () => {}, observe: () => {}, log: () => {} }

const BUCKETS_MS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000]

interface Series {
  labels: Labels
  value: number
  counts?: number[]
  sum?: number
}

export interface MetricSnapshot {
  name: string
  type: 'counter' | 'gauge' | 'histogram'
  /** Of a histogram `value` is the number of observations, and `counts` those up to each of `bounds`. */
  series: { labels: Labels; value: number; sum?: number | undefined; bounds?: readonly number[]; counts?: readonly number[] | undefined }[]
}

export interface MetricsRegistry extends Telemetry {
  snapshot(): MetricSnapshot[]
  /** All series in Prometheus text format 0.0.4. */
  render(): string
}

/** Keeps metrics in memory for the metrics port and hands log lines to `write`. */
export function createTelemetry(write: Telemetry['log']): MetricsRegistry {
  const metrics = new Map<string, { type: 'counter' | 'gauge' | 'histogram'; series: Map<string, Series> }>()
  const seriesOf = (name: string, type: 'counter' | 'gauge' | 'histogram', labels: Labels): Series => {
    let metric = metrics.get(name)
    if (!metric) metrics.set(name, (metric = { type, series: new Map() }))
    const key = keyOf(labels)
    let series = metric.series.get(key)
    if (!series) metric.series.set(key, (series = { labels, value: 0 }))
    return series
  }
  return {
    count: (name, labels = {}, by = 1) => void (seriesOf(name, 'counter', labels).value += by),
    gauge: (name, labels, value) => void (seriesOf(name, 'gauge', labels).value = value),
    observe(name, labels, ms) {
      const series = seriesOf(name, 'histogram', labels)
      series.counts ??= BUCKETS_MS.map(() => 0)
      series.sum = (series.sum ?? 0) + ms
      series.value++
      for (let i = BUCKETS_MS.length - 1; i >= 0 && ms <= BUCKETS_MS[i]!; i--) series.counts[i]!++
    },
    log: write,
    snapshot: () =>
      [...metrics].map(([name, { type, series }]) => ({
        name,
        type,
        series: [...series.values()].map((s) => (type === 'histogram' ? { ...s, bounds: BUCKETS_MS } : { ...s })),
      })),
    render() {
      const lines: string[] = []
      for (const [name, { type, series }] of metrics) {
        lines.push(`# TYPE ${name} ${type}`)
        for (const s of series.values()) lines.push(...renderSeries(name, type, s))
      }
      return `${lines.join('\n')}\n`
    },
  }
}

function renderSeries(name: string, type: string, s: Series): string[] {
  if (type !== 'histogram') return [`${name}${renderLabels(s.labels)} ${s.value}`]
  const buckets = BUCKETS_MS.map((limit, i) => `${name}_bucket${renderLabels({ ...s.labels, le: String(limit) })} ${s.counts?.[i] ?? 0}`)
  return [
    ...buckets,
    `${name}_bucket${renderLabels({ ...s.labels, le: '+Inf' })} ${s.value}`,
    `${name}_sum${renderLabels(s.labels)} ${s.sum ?? 0}`,
    `${name}_count${renderLabels(s.labels)} ${s.value}`,
  ]
}

/** Tells the series of a metric apart; asked for with each event. A control character is in no label. */
function keyOf(labels: Labels): string {
  let key = ''
  for (const name in labels) key += `${name}\u0001${labels[name]}\u0001`
  return key
}

function renderLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([k, v]) => `${k}="${v.replaceAll(/["\\\n]/g, '_')}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
