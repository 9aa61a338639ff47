import { z } from 'zod'
import { parseDuration } from '../duration.ts'

const HOUR_MS = 3_600_000

const share = z.number('must be a share from 0 to 1').min(0, 'must be a share from 0 to 1').max(1, 'must be a share from 0 to 1')
const count = (most: number) => {
  const rule = `must be a whole number from 1 to ${most}`
  return z.int(rule).min(1, rule).max(most, rule)
}
const span = (most: number, least = 0) => {
  const rule = `must be ${least < 0 ? `between ${least / HOUR_MS}h` : 'between 0'} and ${most / HOUR_MS}h, as milliseconds or like 90s, 5m`
  return z.int(rule).min(least, rule).max(most, rule)
}

/** Everything that can go wrong between Amazon and a reader, each by itself. Shares are 0 to 1, times milliseconds. */
export const knobsSchema = z.strictObject({
  duplicates: share.default(0).describe('Share of messages that come again, unchanged'),
  duplicateTimes: count(20).default(1).describe('How often at most such a message comes again'),
  duplicateWithin: span(24 * HOUR_MS)
    .default(5 * 60_000)
    .describe('How much later at most'),
  resentRecords: share.default(0).describe('Share of contact records that come again, complete, with a later LastUpdateTimestamp'),
  resentWithin: span(24 * HOUR_MS)
    .default(30 * 60_000)
    .describe('How much later at most'),
  disorderWithin: span(HOUR_MS).default(0).describe('Messages of one stream swap places within this time'),
  disorderAcross: span(HOUR_MS).default(0).describe('Streams are behind each other by up to this time'),
  lostContactEvents: share.default(0).describe('Share of contact events that never come'),
  heartBeatsAfterLogOff: span(HOUR_MS).default(0).describe('HEART_BEAT goes on for up to this time after a LOGOUT'),
  lateShard: span(24 * HOUR_MS)
    .default(0)
    .describe('One shard of the Kinesis streams delivers this much late'),
  lateShardOf: count(1000).default(4).describe('Of how many shards'),
  lateShardFrom: span(240 * HOUR_MS)
    .default(10 * 60_000)
    .describe('From when on, after the first message'),
  lateShardFor: span(240 * HOUR_MS)
    .default(20 * 60_000)
    .describe('For how long; it then catches up'),
  clockSkew: span(HOUR_MS, -HOUR_MS).default(0).describe("Added to the producer's own time stamps of one stream"),
  clockSkewOf: z
    .enum(['agent-event', 'contact-event'], 'must be agent-event (EventTimestamp) or contact-event (time of the envelope)')
    .default('agent-event')
    .describe('Of which stream'),
  unknownFields: share.default(0).describe('Share of messages with fields and nested shapes that nobody knows'),
  unknownTypes: share.default(0).describe('Extra messages of types that nobody knows, as a share of the good ones'),
  malformed: share.default(0).describe('Extra messages that cannot be read, as a share of the good ones'),
})
export type Knobs = z.infer<typeof knobsSchema>
export type KnobName = keyof Knobs

export const knobNames = Object.keys(knobsSchema.shape) as KnobName[]

const MINUTE_MS = 60_000

export const presets = {
  none: {},
  /** A quiet day at Amazon. */
  mild: {
    duplicates: 0.01,
    resentRecords: 0.05,
    disorderWithin: 2000,
    disorderAcross: 5000,
    heartBeatsAfterLogOff: 10 * MINUTE_MS,
    unknownFields: 0.02,
    unknownTypes: 0.001,
    malformed: 0.0005,
  },
  /** All at once. Event times stay within what a reader accepts as not in the future. */
  hard: {
    duplicates: 0.1,
    duplicateTimes: 3,
    duplicateWithin: 15 * MINUTE_MS,
    resentRecords: 0.3,
    disorderWithin: 30_000,
    disorderAcross: 60_000,
    lostContactEvents: 0.02,
    heartBeatsAfterLogOff: HOUR_MS,
    lateShard: 5 * MINUTE_MS,
    clockSkew: 15_000,
    unknownFields: 0.2,
    unknownTypes: 0.02,
    malformed: 0.01,
  },
} as const satisfies Record<string, Partial<Knobs>>
export type PresetName = keyof typeof presets
export const presetNames = Object.keys(presets) as PresetName[]

/** A preset with some knobs turned. Throws one error that names every knob in the wrong. */
export function resolveKnobs(preset: PresetName, turned: Readonly<Record<string, unknown>> = {}): Knobs {
  const checked = knobsSchema.safeParse({ ...presets[preset], ...turned })
  if (checked.success) return checked.data
  throw new RangeError(checked.error.issues.map((issue) => problemText(issue, turned)).join('; '))
}

function problemText(issue: z.core.$ZodIssue, turned: Readonly<Record<string, unknown>>): string {
  if (issue.code === 'unrecognized_keys') return `there is no knob ${issue.keys.join(', ')}; the knobs are ${knobNames.join(', ')}`
  const name = String(issue.path[0])
  return `knob ${name} ${issue.message}, not ${String(turned[name])}`
}

/** `duplicates=0.02`, `lateShard=5m`, `clockSkew=-20s`, `clockSkewOf=contact-event`. */
export function parseKnob(text: string): [name: string, value: number | string] {
  const cut = text.indexOf('=')
  const [name, value] = [text.slice(0, cut).trim(), text.slice(cut + 1).trim()]
  if (cut < 1 || value === '') throw new RangeError(`"${text}" is not of the form name=value; the knobs are ${knobNames.join(', ')}`)
  return [name, /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : (parseDuration(value) ?? value)]
}
