import { streamFacts, type StreamFacts } from '#contracts/streams'
import { iso } from '../present.ts'
import type { DoctorFacts, SourceState } from './facts.ts'

export interface Check {
  area: 'server' | 'sources' | 'streams' | 'dead-letters'
  /** warning: it works, but something is missing or worth a look. */
  status: 'ok' | 'warning' | 'failed'
  title: string
  detail: string
  /** What to do; null when nothing is to be done. */
  advice: string | null
}

/** What is well and what is not, each with what to do about it. */
export function checksOf(facts: DoctorFacts): Check[] {
  return [
    ...serverChecks(facts),
    ...sourceChecks(facts),
    ...streamFacts.map((stream) => streamCheck(stream, facts)),
    deadLetterCheck(facts),
  ]
}

function serverChecks({ parts, stalls, sources }: DoctorFacts): Check[] {
  // A source has a check of its own.
  const named = new Set(sources.map(({ name }) => `source ${name}`))
  return [
    ...parts
      .filter(({ name }) => !named.has(name))
      .map(({ name, ok, required, detail }): Check => ({
        area: 'server',
        status: ok ? 'ok' : required ? 'failed' : 'warning',
        title: name,
        detail: detail ?? (ok ? 'well' : 'not well'),
        advice: ok ? null : (partAdvice[name] ?? 'the log of the process says why'),
      })),
    ...stalls.map(({ lane, topic, partition, seconds }): Check => ({
      area: 'server',
      status: 'failed',
      title: `lane ${lane}`,
      detail: `has input in ${topic}/${partition} and has not moved for ${Math.round(seconds)} s`,
      advice: 'start the process anew; what was read is not lost',
    })),
  ]
}

const partAdvice: Record<string, string> = {
  rows: 'the server has just started: it is ready once it has caught up with the log',
  settings: 'the server has just started: it is ready once it has read its settings',
  lanes:
    'more comes in than is worked off, or the server has just started; if it stays, give the machine more, or share the work (docs/sizing.md)',
  disk: 'free some space, or shorten the retentions; what was refused is sent again by its source',
  'analytics store': 'live figures go on without it; history and search wait. With STORE=clickhouse, look at CLICKHOUSE_URL',
}

function sourceChecks({ sources, demo }: DoctorFacts): Check[] {
  if (demo)
    return [
      {
        area: 'sources',
        status: 'warning',
        title: 'demo',
        detail: 'what is shown is made up: no source is configured',
        advice: 'set CALLBOARD_SOURCES; docs/first-day.md says how, `callboard doctor --setup` prints the AWS commands',
      },
    ]
  if (sources.length === 0)
    return [
      {
        area: 'sources',
        status: 'warning',
        title: 'no source',
        detail: 'nothing is fetched; events come only by POST /events',
        advice: 'set CALLBOARD_SOURCES; docs/first-day.md says how, `callboard doctor --setup` prints the AWS commands',
      },
    ]
  return sources.map(sourceCheck)
}

function sourceCheck({ name, type, ok, detail, fault }: SourceState): Check {
  return {
    area: 'sources',
    status: ok ? 'ok' : 'failed',
    title: `${name} (${type})`,
    detail,
    advice: ok ? null : (faultAdvice[fault ?? ''] ?? 'it is tried again; the log of the ingest process says more'),
  }
}

const faultAdvice: Record<string, string> = {
  throttled: 'raise the quota, or let fewer programs read; nothing is lost, the source is behind',
  'access-denied': 'give the role the permissions that `callboard doctor --policy` prints',
  credentials: 'renew the AWS credentials of this process (role, profile or AWS_* variables)',
  'not-found': 'compare name, account and Region with the source in CALLBOARD_SOURCES',
  'clock-skew': 'set the clock of this machine, by NTP',
  unreachable: 'see that this machine reaches the address: network, proxy, VPC endpoint, DNS',
  service: 'wait; AWS has a fault and is asked again',
}

function streamCheck({ kind, title, lights, without, quietSeconds }: StreamFacts, { newest, now }: DoctorFacts): Check {
  const time = newest.get(kind)
  if (time === undefined)
    return {
      area: 'streams',
      status: 'warning',
      title,
      detail: `none has come: ${without}`,
      advice: `set this stream up: docs/first-day.md, \`callboard doctor --setup\`; it lights up ${lights}`,
    }
  const age = Math.max(0, Math.round((now - time) / 1000))
  const isQuiet = age > quietSeconds
  return {
    area: 'streams',
    status: isQuiet ? 'warning' : 'ok',
    title,
    detail: `newest ${spanOf(age)} old (${iso(time)})`,
    advice: isQuiet ? 'fine while the contact centre is closed; else look at its source above, and at the setting of the instance' : null,
  }
}

function deadLetterCheck({ deadLetters: { count, newest } }: DoctorFacts): Check {
  if (count === 0 || newest === null) return { area: 'dead-letters', status: 'ok', title: 'dead letters', detail: 'none', advice: null }
  return {
    area: 'dead-letters',
    status: 'warning',
    title: 'dead letters',
    detail: `${count}; the newest from ${newest.source} at ${newest.time}: ${newest.reason}, ${newest.message}`,
    advice: '`callboard dead-letters list` shows them, `redrive` takes them in again after a fix',
  }
}

/** 90 s, 12 min, 5 h, 3 d: as exact as helps. */
function spanOf(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`
}
