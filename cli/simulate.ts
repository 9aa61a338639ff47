import { messageOf } from '#kernel/errors'
import { disturb } from '#simulator/disturb/disturb'
import { resolveKnobs, type Knobs, type PresetName } from '#simulator/disturb/knobs'
import { createHttpSink, type Counts, type HttpResult } from '#simulator/output/http'
import { FolderInUse, openFileSink, type FileSink } from '#simulator/output/files'
import { createKinesisSink, type KinesisResult, type KinesisSink } from '#simulator/output/kinesis'
import { pace } from '#simulator/output/pace'
import { play } from '#simulator/output/play'
import { kindNames, type KindName, type Sink } from '#simulator/output/sink'
import { profileList, startSimulation } from '#simulator/start'
import { messagesUntil, type TruthFact } from '#simulator/stream'
import { createServerClient, NoServer, ServerRefusal, type ServerClient } from './client.ts'
import { addressOf, type ServerFlags } from './server-options.ts'
import { createProgress } from './simulate-progress.ts'
import { wakefulClock } from './wakeful-clock.ts'

export interface SimulateFlags extends ServerFlags {
  seed: number
  from?: number
  for: number
  agents?: number
  queues?: number
  load?: number
  hours?: 'steady' | 'daily'
  disturb: PresetName
  knob?: Record<string, number | string>
  out?: string
  force?: boolean
  truth: 'full' | 'off'
  http?: string | true
  kinesis?: string | true
  kinesisEndpoint?: string
  stream?: Partial<Record<KindName | 'any', string>>
  speed: number | 'max'
}

export interface SimulateSummary {
  profile: string
  seed: number
  startAt: string
  endAt: string
  knobs: Knobs
  /** Everything that went out, copies and broken messages included. */
  messages: number
  byKind: Partial<Record<KindName, number>>
  /** What the knobs lost or added, by knob. */
  disturbed: Record<string, number>
  seconds: number
  /** Somebody stopped it before the end. */
  isStopped: boolean
  out?: string
  http?: HttpResult & { url: string }
  kinesis?: KinesisResult
}

/** Shorter runs do not depend on the hour at which they are made. */
const SHORT_MS = 8 * 3_600_000

/** Simulation → disturbances → pace → sinks. */
export async function simulate(profile: string | undefined, flags: SimulateFlags): Promise<SimulateSummary> {
  const known = profileList.map(({ name }) => name)
  if (profile === undefined || !known.includes(profile))
    throw new Error(`${profile === undefined ? 'name a profile' : `there is no profile ${profile}`}; the profiles are ${known.join(', ')}`)
  const knobs = knobsOf(flags)
  // Played in real time it begins now; else it is over by now, and what would come later is not told.
  const isPast = flags.from === undefined && flags.speed !== 1
  const startAt = flags.from ?? (isPast ? wakefulClock.now() - flags.for : wakefulClock.now())
  const endAt = startAt + flags.for
  const steady = (flags.hours ?? (flags.for < SHORT_MS ? 'steady' : 'daily')) === 'steady'
  const { seed } = flags
  let [lastAt, messages, isStopped] = [startAt, 0, false]
  const byKind: SimulateSummary['byKind'] = {}
  const disturbed: Record<string, number> = {}

  const { sinks, files, results } = await openSinks(flags, { profile, seed, startAt, knobs }, () => (isStopped ? lastAt : endAt))
  const note = (fact: TruthFact): void => files?.note(fact)
  const options = { profile, seed, startAt, endAt, steady, note, ...sizesOf(flags) }
  const told = messagesUntil(isPast ? endAt : Number.POSITIVE_INFINITY, startSimulation(options))
  const events = disturb(told, knobs, seed, (fact) => {
    disturbed[fact.knob] = (disturbed[fact.knob] ?? 0) + 1
    note(fact)
  })

  const stop = new AbortController()
  const onSignal = (): void => {
    isStopped = true
    stop.abort()
  }
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  const progress = createProgress({ startAt, endAt, clock: wakefulClock, isShown: process.stderr.isTTY && flags.json !== true })
  const beganAt = wakefulClock.now()
  try {
    await play(pace(events, { speed: flags.speed, startAt }, wakefulClock, stop.signal), sinks, (batch) => {
      messages += batch.length
      lastAt = batch.at(-1)?.at ?? lastAt
      for (const { kind } of batch) byKind[kindNames[kind]] = (byKind[kindNames[kind]] ?? 0) + 1
      progress.show(messages, lastAt)
    })
  } finally {
    progress.end()
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  return {
    profile,
    seed,
    startAt: new Date(startAt).toISOString(),
    endAt: new Date(isStopped ? lastAt : endAt).toISOString(),
    knobs,
    messages,
    byKind,
    disturbed,
    seconds: (wakefulClock.now() - beganAt) / 1000,
    isStopped,
    ...results(),
  }
}

function knobsOf({ disturb, knob }: SimulateFlags): Knobs {
  try {
    return resolveKnobs(disturb, knob)
  } catch (error) {
    throw new Error(`--knob: ${messageOf(error)}`, { cause: error })
  }
}

const sizesOf = ({ agents, queues, load }: SimulateFlags): { agents?: number; queues?: number; load?: number } => ({
  ...(agents === undefined ? {} : { agents }),
  ...(queues === undefined ? {} : { queues }),
  ...(load === undefined ? {} : { load }),
})

interface OpenSinks {
  sinks: Sink[]
  files: FileSink | undefined
  results: () => Pick<SimulateSummary, 'out' | 'http' | 'kinesis'>
}

/** Server and streams are asked before the folder is touched: a wrong address leaves nothing behind. */
async function openSinks(
  flags: SimulateFlags,
  run: { profile: string; seed: number; startAt: number; knobs: Knobs },
  endAt: () => number,
): Promise<OpenSinks> {
  const wantsKinesis = flags.kinesis !== undefined || flags.stream !== undefined || flags.kinesisEndpoint !== undefined
  const wantsHttp = flags.http !== undefined || flags.url !== undefined || (flags.out === undefined && !wantsKinesis)
  const kinesis = wantsKinesis ? await openKinesis(flags) : undefined
  const http = wantsHttp ? await openHttp(flags) : undefined
  const { out: dir } = flags
  const files = dir === undefined ? undefined : await openFiles(dir, flags, run, endAt)
  return {
    sinks: [files, http?.sink, kinesis].filter((sink) => sink !== undefined),
    files,
    results: () => ({
      ...(dir === undefined ? {} : { out: dir }),
      ...(http ? { http: { url: http.url, ...http.sink.result() } } : {}),
      ...(kinesis ? { kinesis: kinesis.result() } : {}),
    }),
  }
}

async function openFiles(
  dir: string,
  flags: SimulateFlags,
  run: { profile: string; seed: number; startAt: number; knobs: Knobs },
  endAt: () => number,
): Promise<FileSink> {
  try {
    return await openFileSink({ dir, force: flags.force === true, truth: flags.truth === 'full' ? { ...run } : null, endAt })
  } catch (error) {
    throw new Error(`--out: ${messageOf(error)}${error instanceof FolderInUse ? '; choose another folder, or say --force' : ''}`, {
      cause: error,
    })
  }
}

async function openKinesis(flags: SimulateFlags): Promise<KinesisSink> {
  const region = typeof flags.kinesis === 'string' ? flags.kinesis : process.env['AWS_REGION']
  if (region === undefined) throw new Error('--kinesis: name the Region, or set AWS_REGION')
  if (flags.stream === undefined) throw new Error('--stream: name at least one stream, like --stream any=events')
  const sink = createKinesisSink(
    { region, streams: flags.stream, ...(flags.kinesisEndpoint === undefined ? {} : { endpoint: flags.kinesisEndpoint }) },
    { clock: wakefulClock },
  )
  try {
    await sink.check()
  } catch (error) {
    await sink.abandon()
    throw new Error(`--kinesis: ${messageOf(error)}`, { cause: error })
  }
  return sink
}

async function openHttp(flags: SimulateFlags): Promise<{ url: string; sink: ReturnType<typeof createHttpSink> }> {
  const option = typeof flags.http === 'string' ? '--http' : '--url'
  if (typeof flags.http === 'string' && !URL.canParse(flags.http)) throw new Error(`--http ${flags.http} is not an address`)
  const { url } = addressOf(typeof flags.http === 'string' ? { ...flags, url: flags.http } : flags)
  const client = await createServerClient({ url, key: flags.key, dataDir: flags.dataDir })
  await greet(client, option)
  const sink = createHttpSink(
    {},
    {
      clock: wakefulClock,
      post: (kind, text) => client.call<Counts>('POST', `/events/${kind}`, { type: 'application/x-ndjson', text }),
      mayPass: (error) => error instanceof NoServer || (error instanceof ServerRefusal && (error.status === 429 || error.status >= 500)),
    },
  )
  return { url, sink }
}

async function greet(client: ServerClient, option: string): Promise<void> {
  try {
    const { demo } = await client.call<{ demo: boolean }>('GET', '/session')
    if (demo) console.error('note: this server plays demo data as well; set CALLBOARD_DEMO=off to see the simulation alone')
  } catch (error) {
    if (error instanceof NoServer) throw new Error(`${option}: ${error.message}`, { cause: error })
    // A key that may only take events in cannot ask for the session.
    if (!(error instanceof ServerRefusal && error.status === 403)) throw error
  }
}
