import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { CallboardError, messageOf } from '#kernel/errors'
import { kinesisSourceSchema } from '#ingest/kinesis/config'
import { profileList } from '#simulator/start'

const port = z.coerce.number().int().min(0).max(65_535)
const timeZone = z.string().refine(isTimeZone, 'not an IANA time zone')
const hostPort = z.string().regex(/^[^\s:/]+:\d{1,5}$/, 'host:port')
const notHere = (what: string) => ({ error: `only ${what} is part of this version` })

/** A list of host:port, comma separated in the environment. */
const hostPorts = z.preprocess(
  (v) =>
    typeof v === 'string'
      ? v
          .split(',')
          .map((s) => s.trim())
          .filter(Boolean)
      : v,
  z.array(hostPort),
)
/** JSON in the environment, a list in YAML. */
const sources = z.preprocess(
  (v) => (typeof v === 'string' ? JSON.parse(v) : v),
  z.array(z.discriminatedUnion('type', [kinesisSourceSchema, z.strictObject({ type: z.literal('http') })])),
)

/** Every setting, with its default. The environment name is `CALLBOARD_` + the name in capitals. */
export const configSchema = z.strictObject({
  DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('Everything kept on this machine; demo data in demo/ below it. One process owns it'),
  HTTP_HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on. Until a key exists it is loopback whatever this says'),
  HTTP_PORT: port.default(8080).describe('Port of the pages and the API; 0: any free one'),
  METRICS_PORT: port.default(9464).describe('Prometheus metrics, loopback only; 0: any free one'),
  LOG: z.enum(['embedded'], notHere('embedded')).default('embedded').describe('Where events are kept'),
  STORE: z
    .enum(['embedded', 'clickhouse'])
    .default('embedded')
    .describe('Analytics store: the embedded engine, or a ClickHouse server (26.7 or newer)'),
  CLICKHOUSE_URL: z.url().optional().describe('With STORE=clickhouse: http(s)://host:port'),
  CLICKHOUSE_DATABASE: z
    .string()
    .regex(/^\w{1,64}$/)
    .default('callboard')
    .describe('Database of the analytics tables'),
  CLICKHOUSE_USER: z.string().optional().describe('User of the ClickHouse server'),
  CLICKHOUSE_PASSWORD_FILE: z.string().optional().describe('File with the password of that user'),
  PARTITIONS: z.coerce.number().int().min(1).max(256).default(4).describe('Partitions of the log; fixed when the data folder is made'),
  AUTH: z
    .enum(['local', 'none'], notHere('local or none'))
    .default('local')
    .describe('local: keys and a first-run link. none: everybody on this machine may do everything; loopback only'),
  TIME_ZONE: timeZone.default('UTC').describe('Zone of business days, where a queue has none of its own'),
  BUSINESS_DAY_START: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
    .default('00:00')
    .describe('When "today" begins'),
  REDACTION: z
    .enum(['off'], notHere('off'))
    .default('off')
    .describe('Masking before anything is stored. off: what Amazon sends is kept as it is'),
  WEBHOOK_ALLOW: hostPorts.default([]).describe('host:port list of private webhook targets; all others must be public https on port 443'),
  SOURCES: sources.default([]).describe('Where events come from: kinesis streams; POST /events works always'),
  DEMO: z.enum(['auto', 'on', 'off']).default('auto').describe('Demo contact centre: auto = when no source is configured'),
  DEMO_PROFILE: z
    .enum(profileList.map(({ name }) => name))
    .optional()
    .describe('What the demo opens with; left out: what was chosen last in the page, at first "omnichannel"'),
  CONNECT_URL: z
    .url()
    .includes('{contactId}', 'an address with {contactId} in it')
    .optional()
    .describe('Address pattern for "Open in Amazon Connect", with {contactId}'),
})
export type Config = z.infer<typeof configSchema>

/** Reads settings once: YAML file, then environment (which wins). Prints every problem at once, each with the name of its setting. */
export function readConfig(environment: NodeJS.ProcessEnv, yamlFile?: string): Config {
  const given: Record<string, unknown> = {}
  if (yamlFile !== undefined) Object.assign(given, readYaml(yamlFile))
  const unknown: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    // An empty variable is one that was not set.
    if (!name.startsWith('CALLBOARD_') || value === undefined || value === '') continue
    const setting = name.slice('CALLBOARD_'.length)
    if (setting in configSchema.shape) given[setting] = value
    else if (!otherVariables.has(setting)) unknown.push(name)
  }
  if (unknown.length > 0) throw new CallboardError('SETTING_INVALID', `unknown setting: ${unknown.join(', ')}`)
  const parsed = safeParse(given)
  const problems = parsed.success ? crossChecks(parsed.data) : parsed.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
  if (problems.length > 0 || !parsed.success)
    throw new CallboardError('SETTING_INVALID', `settings that cannot be used:\n  ${problems.join('\n  ')}`)
  return Object.freeze(parsed.data)
}

/** Read by the command line and by tests, not settings of the server. */
const otherVariables = new Set(['KEY', 'URL', 'SAMPLES', 'CONFIG', 'FAILPOINT', 'ALLOW_FAILPOINTS'])

function crossChecks(config: Config): string[] {
  const problems: string[] = []
  if (config.STORE === 'clickhouse' && config.CLICKHOUSE_URL === undefined) problems.push('CLICKHOUSE_URL: needed with STORE=clickhouse')
  if (config.AUTH === 'none' && !isLoopback(config.HTTP_HOST)) problems.push('AUTH: none is allowed on loopback only; HTTP_HOST is not')
  if (config.DEMO === 'on' && hasRealSource(config))
    problems.push('DEMO: on, but SOURCES names a real source; demo data and real data are never mixed')
  return problems
}

function safeParse(given: Record<string, unknown>): ReturnType<typeof configSchema.safeParse> {
  try {
    return configSchema.safeParse(given)
  } catch (error) {
    throw new CallboardError('SETTING_INVALID', `SOURCES is not JSON: ${messageOf(error)}`, { cause: error })
  }
}

function readYaml(file: string): Record<string, unknown> {
  try {
    return (parseYaml(readFileSync(file, 'utf8')) as Record<string, unknown> | null) ?? {}
  } catch (error) {
    throw new CallboardError('SETTING_INVALID', `--config ${file}: ${messageOf(error)}`, { cause: error })
  }
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** A source that brings a contact centre's own data; the HTTP endpoint alone is none. */
export function hasRealSource(config: Pick<Config, 'SOURCES'>): boolean {
  return config.SOURCES.some((s) => s.type !== 'http')
}

export function isDemo(config: Config): boolean {
  return config.DEMO === 'on' || (config.DEMO === 'auto' && !hasRealSource(config))
}
