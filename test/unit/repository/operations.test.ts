import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const sources = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.ts'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && !/^(test|bench|dashboard|scripts)\//.test(file))

/** Every metric that is emitted, by its name in the source. */
const emitted = new Set(
  sources.flatMap((file) => [...read(file).matchAll(/telemetry\s*\.(?:count|gauge|observe)\(\s*'([a-z0-9_]+)'/g)].map((m) => m[1]!)),
)
const described = new Set([...read('docs/operations.md').matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map((m) => m[1]!))

describe('docs/operations.md', () => {
  it('describes every metric there is, and none that is not', () => {
    expect(emitted.size).toBeGreaterThan(40)
    expect([...emitted].filter((name) => !described.has(name))).toEqual([])
    expect([...described].filter((name) => !emitted.has(name))).toEqual([])
  })
})

describe('examples/prometheus/alerts.yml', () => {
  interface Rule {
    alert: string
    expr: string
    labels: { severity: string }
    annotations: { summary: string }
  }
  const { groups } = parse(read('examples/prometheus/alerts.yml')) as { groups: { name: string; rules: Rule[] }[] }
  const rules = groups.flatMap((group) => group.rules)

  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s asks for metrics that exist and says what is wrong', (_name, rule) => {
    const words = rule.expr.replaceAll(/"[^"]*"/g, '').match(/[a-z][a-z0-9]*(?:_[a-z0-9]+)+/g) ?? []
    const metrics = words.filter((word) => word !== 'histogram_quantile').map((word) => word.replace(/_bucket$/, ''))
    expect(rule.alert === 'CallboardDown' || metrics.length > 0).toBe(true)
    expect(metrics.filter((name) => !emitted.has(name))).toEqual([])
    expect(['warning', 'critical']).toContain(rule.labels.severity)
    expect(rule.annotations.summary.length).toBeGreaterThan(20)
  })

  it('covers stalls, lag, silence, dead letters, disk and backups', () => {
    const all = rules.map(({ expr }) => expr).join('\n')
    for (const metric of [
      'lanes_stalled',
      'lane_lag_seconds',
      'ingest_watermark_seconds',
      'dead_letters_total',
      'data_folder_free_bytes',
      'backup_last_success_seconds',
    ])
      expect(all).toContain(metric)
  })
})
