import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { describe, expect, it, onTestFinished } from 'vitest'
import { configSchema } from '../../../config.ts'

const root = resolve(import.meta.dirname, '../../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
/** Settings of the Kafka log, which has a schema of its own. */
const settings = new Set([...Object.keys(configSchema.shape), 'KAFKA_BROKERS', 'KAFKA_TOPIC_PREFIX'].map((name) => `CALLBOARD_${name}`))
const unknownSettings = (names: readonly string[]): string[] => names.filter((name) => name.startsWith('CALLBOARD_') && !settings.has(name))

interface Service {
  image?: string
  build?: { target?: string }
  command?: string[]
  environment?: Record<string, string>
  healthcheck?: { test: string[] }
  depends_on?: Record<string, { condition: string }>
  volumes?: string[]
  restart?: string
  ports?: string[]
  secrets?: string[]
}
interface Compose {
  services: Record<string, Service>
  volumes: Record<string, unknown>
  secrets: Record<string, unknown>
}
const compose = parse(read('docker-compose.yml'), { merge: true }) as Compose
const services = Object.entries(compose.services)

describe('docker-compose.yml', () => {
  it('runs every role, with Kafka, ClickHouse and a stand-in for Kinesis', () => {
    expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['kafka', 'clickhouse', 'kinesis', 'ingest', 'process', 'api']))
    for (const role of ['ingest', 'process', 'api']) {
      const { command, environment, image } = compose.services[role]!
      expect([role, command, image]).toEqual([role, [role], 'callboard'])
      expect(environment).toMatchObject({
        CALLBOARD_LOG: 'kafka',
        CALLBOARD_KAFKA_BROKERS: 'kafka:9092',
        CALLBOARD_STORE: 'clickhouse',
        CALLBOARD_CLICKHOUSE_URL: 'http://clickhouse:8123',
      })
    }
    expect(compose.services['clickhouse']!.image).toMatch(/:26\.([7-9]|\d\d)/)
  })

  it.each(services)('%s is watched, or runs once; waits only for what can tell; names only what is there', (_name, service) => {
    const runsOnce = service.restart === 'no'
    expect(runsOnce || (service.healthcheck?.test.length ?? 0) > 1).toBe(true)
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const waited = compose.services[other]
      expect([other, waited === undefined]).toEqual([other, false])
      if (condition === 'service_healthy') expect([other, waited?.healthcheck === undefined]).toEqual([other, false])
      else expect([condition, waited?.restart]).toEqual(['service_completed_successfully', 'no'])
    }
    for (const volume of service.volumes ?? []) expect(Object.keys(compose.volumes)).toContain(volume.split(':')[0])
    for (const secret of service.secrets ?? []) expect(Object.keys(compose.secrets)).toContain(secret)
    expect(unknownSettings(Object.keys(service.environment ?? {}))).toEqual([])
    // Nothing is open to the network without somebody having said so.
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/)
  })

  it('keeps what Kafka and ClickHouse hold in volumes', () => {
    expect([compose.services['kafka']!.volumes, compose.services['clickhouse']!.volumes]).toEqual([
      ['kafka:/var/lib/kafka/data'],
      ['clickhouse:/var/lib/clickhouse'],
    ])
  })

  const hasDocker = spawnSync('docker', ['compose', 'version']).status === 0
  if (!hasDocker) console.log('docker compose is not here: it cannot be asked whether it reads docker-compose.yml')

  it.runIf(hasDocker)('is read by Docker itself', () => {
    const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
      cwd: root,
      env: { ...process.env, CLICKHOUSE_PASSWORD: 'x' },
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([0, ''])
  })
})

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const stages = lines.filter((line) => line.startsWith('FROM'))
  const last = lines.slice(lines.lastIndexOf(stages.at(-1)!))

  it('is built in stages and runs as a user without rights', () => {
    expect(stages.length).toBeGreaterThan(2)
    expect(last.filter((line) => line.startsWith('USER'))).toEqual(['USER node'])
    expect(last.some((line) => line.startsWith('HEALTHCHECK'))).toBe(true)
    expect(last.some((line) => /npm (ci|install)/.test(line))).toBe(false)
  })

  it('fetches nothing but npm packages, by the lock file', () => {
    expect(lines.filter((line) => /curl|wget|^ADD|https?:\/\/(?!127\.0\.0\.1)/.test(line))).toEqual([])
    expect(lines.filter((line) => /npm (install|i)\b/.test(line))).toEqual([])
  })

  it('copies only what there is', () => {
    const copied = lines
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) => line.split(' ').slice(1, -1))
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

interface Manifest {
  kind: string
  metadata: { name: string }
  data?: Record<string, string>
  spec?: {
    replicas?: number
    template?: {
      metadata: { labels: Record<string, string> }
      spec: {
        securityContext: { runAsNonRoot: boolean }
        containers: {
          args: string[]
          env?: { name: string }[]
          livenessProbe: object
          readinessProbe: object
          volumeMounts: { name: string }[]
          resources: object
        }[]
        volumes: { name: string }[]
      }
    }
    selector?: { matchLabels?: Record<string, string> }
    volumeClaimTemplates?: { metadata: { name: string } }[]
  }
}

describe.each(['single.yaml', 'roles.yaml'])('examples/kubernetes/%s', (file) => {
  const documents = parseAllDocuments(read(`examples/kubernetes/${file}`))
  const manifests = documents.map((document) => document.toJS() as Manifest)
  const workloads = manifests.filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')

  it('is YAML with a kind and a name each, and settings that exist', () => {
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
    expect(manifests.every(({ kind, metadata }) => kind !== '' && metadata.name.startsWith('callboard'))).toBe(true)
    const names = manifests.flatMap(({ data, spec }) => [
      ...Object.keys(data ?? {}),
      ...(spec?.template?.spec.containers ?? []).flatMap(({ env }) => (env ?? []).map(({ name }) => name)),
    ])
    expect(names.length).toBeGreaterThan(4)
    expect(unknownSettings(names)).toEqual([])
  })

  it('runs without rights, is watched, selects itself, and mounts what it declares', () => {
    expect(workloads.length).toBeGreaterThan(0)
    for (const { spec } of workloads) {
      const { template, selector, volumeClaimTemplates = [] } = spec!
      const pod = template!.spec
      expect(pod.securityContext.runAsNonRoot).toBe(true)
      expect(template!.metadata.labels).toMatchObject(selector!.matchLabels!)
      const volumes = new Set([...pod.volumes, ...volumeClaimTemplates.map(({ metadata }) => metadata)].map(({ name }) => name))
      for (const { livenessProbe, readinessProbe, volumeMounts, resources, args } of pod.containers) {
        expect([livenessProbe, readinessProbe, resources].every(Boolean)).toBe(true)
        expect(volumeMounts.filter(({ name }) => !volumes.has(name))).toEqual([])
        expect(['up', 'ingest', 'process', 'api']).toContain(args[0])
      }
    }
  })

  it('never gives two processes one data folder', () => {
    for (const { kind, spec } of workloads) if (kind === 'StatefulSet') expect(spec!.replicas).toBe(1)
  })
})

describe('scripts/healthcheck.mjs', () => {
  const run = (...args: string[]): Promise<number | null> =>
    new Promise((done) => {
      spawn(process.execPath, [join(root, 'scripts/healthcheck.mjs'), ...args], { stdio: 'ignore' }).on('close', done)
    })

  it('ends with 0 for 2xx, with 1 for another status and for nobody, and with 0 for any answer when that will do', async () => {
    const server = createServer((req, res) => res.writeHead(req.url === '/good' ? 200 : 503).end())
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await Promise.all([run(`${url}/good`), run(`${url}/bad`), run(`${url}/bad`, 'any'), run('http://127.0.0.1:1/')])).toEqual([
      0, 1, 0, 1,
    ])
  })
})
