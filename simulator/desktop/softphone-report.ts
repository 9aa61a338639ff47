import type { Json, JsonObject } from '#kernel/json'
import type { Random } from '../random.ts'
import { qualityBetween, type LineQuality } from './line-quality.ts'
import { baselines, failureOf, type AudioCall, type AudioFault, type DesktopKind } from './model.ts'

const PACKETS_PER_SECOND = 50
const SECONDS_PER_REPORT = 30
const MICROPHONE_TIMEOUT_MS = 10_000
const LARGEST_LUMP = 20
const LOUDEST = 32_767
const directions = ['audio_input', 'audio_output'] as const

/** What a softphone page sends, and when. */
export interface SoftphoneReport {
  at: number
  report: JsonObject
}

interface Options extends AudioCall {
  /** For this call only: the reports are drawn as they are asked for. */
  random: Random
  faults: readonly AudioFault[]
}

/**
 * The reports of one call in the order they are sent, as Amazon Connect Streams builds them: every 30 s the statistics of each
 * second, whose counts are differences, and after the call one with the timings, the failures and the totals. Then, as Streams
 * does, the seconds left over. Nothing from desk phones and from pages without media.
 */
export function* softphoneReport({ random, faults, ...call }: Options): Generator<SoftphoneReport> {
  const { kind, isSplit } = call.desktop
  if (kind === 'desk-phone' || isSplit) return
  const timings = drawTimings(random, call, kind)
  const failure = failureOf(faults)
  if (failure) {
    yield { at: call.endAt, report: failedReport(random, call, timings, failure) }
    return
  }
  const streams = directions.map((direction) => createStream(random, direction))
  let unsent: JsonObject[] = []
  const seconds = Math.floor((call.endAt - call.connectedAt) / 1000)
  // The last statistics take in the rest of a second, so that the totals are those of the whole call.
  for (let i = 0; i < seconds; i++) {
    const from = call.connectedAt + i * 1000
    const isLast = i === seconds - 1
    const until = isLast ? call.endAt : from + 1000
    const quality = qualityBetween(kind, faults, from, until)
    for (const stream of streams) unsent.push(stream.measure(until, quality, until - from, isLast))
    if ((i + 1) % SECONDS_PER_REPORT > 0 || isLast) continue
    yield { at: until, report: { softphoneStreamStatistics: unsent } }
    unsent = []
  }
  const at = call.endAt + timings.cleanup
  yield {
    at,
    report: finalReport(
      call,
      timings,
      streams.map((stream) => stream.total()),
    ),
  }
  if (unsent.length > 0) yield { at, report: { softphoneStreamStatistics: unsent } }
}

/** Who sends a report must say whose it is: Streams puts neither contact nor agent inside. Few senders know their desktop. */
export function wrapReport(
  report: JsonObject,
  sender: { contactId: string; agentArn: string; instanceArn: string; desktop?: string },
): JsonObject {
  return { ...sender, report }
}

interface Stream {
  measure(at: number, quality: LineQuality, lengthMs: number, isLast: boolean): JsonObject
  total(): JsonObject
}

function createStream(random: Random, direction: (typeof directions)[number]): Stream {
  let [packets, lost, dueLoss, lastAt, level] = [0, 0, 0, 0, 0]
  return {
    measure(at, { lossShare, roundTripMs, jitterMs }, lengthMs, isLast) {
      const packetsCount = Math.round((PACKETS_PER_SECOND * lengthMs) / 1000)
      // Packets are lost in lumps, and as many as expected over the call.
      dueLoss += packetsCount * lossShare
      const isLost = random.chance(0.7) || dueLoss > LARGEST_LUMP
      const packetsLost = isLast ? Math.round(dueLoss) : isLost ? Math.floor(dueLoss) : 0
      dueLoss -= packetsLost
      packets += packetsCount
      lost += packetsLost
      lastAt = at
      level = random.chance(0.45) ? random.whole(0, 300) : random.whole(800, LOUDEST / 3)
      return {
        softphoneStreamType: direction,
        timestamp: new Date(at).toISOString(),
        packetsLost,
        packetsCount,
        audioLevel: level,
        jitterBufferMillis: Math.round(jitterMs * (0.8 + 0.4 * random.unit())),
        roundTripTimeMillis: Math.round(roundTripMs * (0.85 + 0.3 * random.unit())),
      }
    },
    // The totals are built without jitter and round trip.
    total: () =>
      lastAt === 0
        ? { softphoneStreamType: direction }
        : {
            softphoneStreamType: direction,
            timestamp: new Date(lastAt).toISOString(),
            packetsLost: lost,
            packetsCount: packets,
            audioLevel: level,
          },
  }
}

interface Timings {
  microphone: number
  initialization: number
  ice: number
  signalling: number
  handshaking: number
  cleanup: number
}

/** The steps before the talk; they fit into the time between ring and talk. */
function drawTimings(random: Random, { startAt, connectedAt }: AudioCall, kind: DesktopKind): Timings {
  const availableMs = Math.max(0, connectedAt - startAt)
  const microphone = Math.min(random.duration(baselines[kind].microphoneMs), Math.floor(availableMs / 3))
  const step = (usualMs: number): number => Math.min(random.duration(usualMs), Math.floor(availableMs / 6))
  return {
    microphone,
    initialization: microphone + Math.min(random.whole(8, 30), Math.floor(availableMs / 12)),
    ice: step(180),
    signalling: step(120),
    handshaking: step(260),
    cleanup: random.whole(2, 25),
  }
}

/** Times and flags of steps that a call never came to are null. */
function emptyReport({ startAt, endAt }: AudioCall): JsonObject {
  const unknown = Object.fromEntries([...timeNames, ...flagNames].map((name): [string, Json] => [name, null]))
  return { callStartTime: new Date(startAt).toISOString(), callEndTime: new Date(endAt).toISOString(), ...unknown }
}

const timeNames = [
  'gumTimeMillis',
  'initializationTimeMillis',
  'iceCollectionTimeMillis',
  'signallingConnectTimeMillis',
  'handshakingTimeMillis',
  'preTalkingTimeMillis',
  'talkingTimeMillis',
  'cleanupTimeMillis',
] as const

/** In the order in which a call comes to them. */
const flagNames = [
  'gumOtherFailure',
  'gumTimeoutFailure',
  'createOfferFailure',
  'setLocalDescriptionFailure',
  'iceCollectionFailure',
  'signallingConnectionFailure',
  'handshakingFailure',
  'userBusyFailure',
  'invalidRemoteSDPFailure',
  'noRemoteIceCandidateFailure',
  'setRemoteDescriptionFailure',
] as const

function finalReport(call: AudioCall, timings: Timings, totals: JsonObject[]): JsonObject {
  return {
    ...emptyReport(call),
    gumTimeMillis: timings.microphone,
    initializationTimeMillis: timings.initialization,
    iceCollectionTimeMillis: timings.ice,
    signallingConnectTimeMillis: timings.signalling,
    handshakingTimeMillis: timings.handshaking,
    preTalkingTimeMillis: call.connectedAt - call.startAt,
    talkingTimeMillis: call.endAt - call.connectedAt,
    cleanupTimeMillis: timings.cleanup,
    ...passed(flagNames.length),
    softphoneStreamStatistics: totals,
  }
}

/** The first `count` steps went well. */
const passed = (count: number): JsonObject => Object.fromEntries(flagNames.slice(0, count).map((name): [string, Json] => [name, false]))

function failedReport(random: Random, call: AudioCall, timings: Timings, failure: 'gum-failure' | 'ice-failure'): JsonObject {
  const isTimeout = random.chance(0.5)
  const steps: JsonObject =
    failure === 'gum-failure'
      ? {
          gumTimeMillis: isTimeout ? MICROPHONE_TIMEOUT_MS : timings.microphone,
          gumOtherFailure: !isTimeout,
          gumTimeoutFailure: isTimeout,
        }
      : {
          gumTimeMillis: timings.microphone,
          initializationTimeMillis: timings.initialization,
          iceCollectionTimeMillis: timings.ice,
          ...passed(flagNames.indexOf('iceCollectionFailure')),
          iceCollectionFailure: true,
        }
  return {
    ...emptyReport(call),
    ...steps,
    cleanupTimeMillis: timings.cleanup,
    softphoneStreamStatistics: directions.map((softphoneStreamType) => ({ softphoneStreamType })),
  }
}
