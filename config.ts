import { readFileSync } from 'node:fs'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import { CallboardError, messageOf } from '#kernel/errors'
import { connectApiSourceSchema } from '#ingest/connect-api/config'
import { kinesisSourceSchema } from '#ingest/kinesis/config'
import { sqsSourceSchema } from '#ingest/sqs/config'
import { simulatorSourceSchema } from '#simulator/live-source'
import { parseDuration } from '#simulator/duration'
import { profileList } from '#simulator/start'

const port = z.coerce.number().int().min(0).max(65_535)
const timeZone = z.string().refine(isTimeZone, 'not an IANA time zone')
/** `72h`, `7d`; in the program milliseconds. */
const duration = (least: string, most: string) =>
  z.string().refine((text) => {
    const ms = parseDuration(text)
    return ms !== undefined && ms >= parseDuration(least)! && ms <= parseDuration(most)!
  }, `a duration from ${least} to ${most}, such as 90s, 72h, 30d`)
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
/** true or false, as text in the environment. */
const flag = z.preprocess((v) => (v === 'true' ? true : v === 'false' ? false : v), z.boolean())
/** JSON in the environment, a list in YAML. */
const sources = z.preprocess(
  (v) => (typeof v === 'string' ? JSON.parse(v) : v),
  z.array(
    z.discriminatedUnion('type', [
      kinesisSourceSchema,
      connectApiSourceSchema,
      sqsSourceSchema,
      simulatorSourceSchema,
      z.strictObject({ type: z.literal('http') }),
    ]),
  ),
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
  METRICS_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address of the metrics port; they hold no personal data, but nobody is asked for a key'),
  METRICS_PORT: port.default(9464).describe('Prometheus metrics; 0: any free one'),
  LOG: z
    .enum(['embedded', 'kafka'])
    .default('embedded')
    .describe('Where events are kept: in the data folder, or in Apache Kafka (2.3 or newer)'),
  KAFKA_BROKERS: hostPorts.default([]).describe('With LOG=kafka: host:port list of some brokers'),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[\w.-]{0,100}$/, 'letters, digits, dot, dash and underscore')
    .default('')
    .describe('Put before every topic, consumer group and transactional id, so that several installations can share a cluster'),
  KAFKA_SASL_MECHANISM: z
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
    .optional()
    .describe('How to sign in to the brokers; needs a user name and a password file'),
  KAFKA_SASL_USERNAME: z.string().min(1).optional().describe('User name for that'),
  KAFKA_SASL_PASSWORD_FILE: z.string().min(1).optional().describe('File with the password of that user'),
  KAFKA_TLS: flag.default(false).describe('Whether the brokers speak TLS'),
  KAFKA_TLS_CA_FILE: z
    .string()
    .min(1)
    .optional()
    .describe('PEM file of the authority that signed their certificate, where the system does not know it'),
  KAFKA_TLS_CERT_FILE: z.string().min(1).optional().describe('PEM file of our own certificate, where the brokers ask for one'),
  KAFKA_TLS_KEY_FILE: z.string().min(1).optional().describe('PEM file of the key of that certificate'),
  KAFKA_MSK_IAM_REGION: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS region')
    .optional()
    .describe('Sign in to Amazon MSK with IAM in this region; AWS credentials come from the usual places. Needs KAFKA_TLS'),
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
  CLICKHOUSE_CLUSTER: z
    .string()
    .regex(/^[\w-]{1,64}$/)
    .optional()
    .describe('Cluster of the ClickHouse server: tables are made Replicated on every node, with a Distributed table above each'),
  CLICKHOUSE_USER: z.string().optional().describe('User of the ClickHouse server'),
  CLICKHOUSE_PASSWORD_FILE: z.string().optional().describe('File with the password of that user'),
  PARTITIONS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(4)
    .describe('Partitions of the log; fixed when the data folder or the topics are made'),
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
    .enum(['off', 'mask', 'drop'])
    .default('off')
    .describe(
      'Hiding personal data before anything is stored (docs/redaction.md). off: what Amazon sends is kept as it is; mask: each hidden character becomes *; drop: a text with a hit becomes ***',
    ),
  REDACTION_NAMES_FILE: z.string().min(1).optional().describe('With REDACTION: file with names to hide as well, one a line'),
  WEBHOOK_ALLOW: hostPorts.default([]).describe('host:port list of private webhook targets; all others must be public https on port 443'),
  SOURCES: sources.default([]).describe('Where events come from: Kinesis streams, SQS queues, a simulator; POST /events works always'),
  DEMO: z.enum(['auto', 'on', 'off']).default('auto').describe('Demo contact centre: auto = when neither a source nor Kafka is configured'),
  DEMO_PROFILE: z
    .enum(profileList.map(({ name }) => name))
    .optional()
    .describe('What the demo opens with; left out: what was chosen last in the page, at first "omnichannel"'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('warn').describe('Least important lines written to standard error'),
  STALL_AFTER: duration('5s', '1h')
    .default('60s')
    .describe(
      'A lane that has input and does not move for so long makes /health/live fail; an event loop that does not turn for so long ends the process',
    ),
  LOG_RETENTION: duration('24h', '90d')
    .default('72h')
    .describe('How long the log keeps events (connect.*). What a lane has not read yet stays longer'),
  DEAD_LETTER_RETENTION: duration('1h', '90d').optional().describe('How long dead letters are kept; left out: as LOG_RETENTION'),
  DELIVERY_RETENTION: duration('1h', '90d')
    .default('7d')
    .describe('How long the log of a webhook keeps messages that were sent or given up'),
  CHECKPOINT_RETENTION: duration('30d', '1000d')
    .default('400d')
    .describe('How long the place in a stream is remembered that nobody reads any more; longer than Kinesis keeps records'),
  EVENTS_RETENTION: duration('1d', '3650d').default('90d').describe('How long the analytics store keeps raw events, in whole days'),
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

/** A setting that is a duration, in milliseconds. */
export function durationMs(text: string): number {
  return parseDuration(text) ?? Number.NaN
}

function crossChecks(config: Config): string[] {
  const problems: string[] = []
  if (config.STORE === 'clickhouse' && config.CLICKHOUSE_URL === undefined) problems.push('CLICKHOUSE_URL: needed with STORE=clickhouse')
  if (config.CLICKHOUSE_CLUSTER !== undefined && config.STORE !== 'clickhouse')
    problems.push('CLICKHOUSE_CLUSTER: only with STORE=clickhouse; the embedded engine is one node')
  if (config.REDACTION_NAMES_FILE !== undefined && config.REDACTION === 'off')
    problems.push('REDACTION_NAMES_FILE: needs REDACTION=mask or drop')
  problems.push(...kafkaChecks(config))
  if (config.AUTH === 'none' && !isLoopback(config.HTTP_HOST)) problems.push('AUTH: none is allowed on loopback only; HTTP_HOST is not')
  if (config.DEMO === 'on' && hasRealSource(config))
    problems.push('DEMO: on, but SOURCES names a real source; demo data and real data are never mixed')
  return problems
}

function kafkaChecks(config: Config): string[] {
  const { LOG, KAFKA_BROKERS, KAFKA_SASL_MECHANISM: mechanism, KAFKA_MSK_IAM_REGION: region } = config
  if (LOG !== 'kafka') return []
  const problems: string[] = []
  if (KAFKA_BROKERS.length === 0) problems.push('KAFKA_BROKERS: needed with LOG=kafka')
  if (config.DEMO === 'on') problems.push('DEMO: on, but LOG=kafka; the demo keeps its events in the data folder')
  if (region !== undefined && mechanism !== undefined) problems.push('KAFKA_MSK_IAM_REGION: not together with KAFKA_SASL_MECHANISM')
  if (region !== undefined && !config.KAFKA_TLS) problems.push('KAFKA_TLS: needed with KAFKA_MSK_IAM_REGION')
  if (mechanism === undefined) return problems
  for (const name of ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE'] as const)
    if (config[name] === undefined) problems.push(`${name}: needed with KAFKA_SASL_MECHANISM`)
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
  return config.DEMO === 'on' || (config.DEMO === 'auto' && config.LOG === 'embedded' && !hasRealSource(config))
}
