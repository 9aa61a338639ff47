import { InvalidArgumentError, Option, type Command } from 'commander'
import { knobsSchema, parseKnob, presetNames, type PresetName } from '#simulator/disturb/knobs'
import { parseDuration } from '#simulator/duration'
import { kindNames, type KindName } from '#simulator/output/sink'
import { profileList } from '#simulator/start'
import { print, runCommand } from '../run-command.ts'
import { withServerFlags } from '../server-options.ts'
import { simulate, type SimulateFlags } from '../simulate.ts'
import { summaryText } from '../simulate-text.ts'

const examples = `
Examples:
  callboard simulate --list
  callboard simulate inbound-voice                              an hour that ends now, into the running server
  callboard simulate omnichannel --for 1d --out day/            a day as files, with truth.json
  callboard simulate inbound-voice --disturb hard --seed 7      everything that can go wrong on the way does
  callboard simulate inbound-voice --knob duplicates=0.05 --knob lateShard=5m
  callboard simulate vdi --speed 1 --from 2026-03-02T09:00:00Z --http http://127.0.0.1:8080
  callboard simulate inbound-voice --kinesis eu-west-1 --stream agent-events=connect-agents --stream any=connect-other

Without --out, --http and --kinesis the messages go to the running server, as with replay; with several of them, to all.
Durations are written like 90s, 30m, 1.5h, 1d.

Knobs (shares are 0 to 1, times milliseconds or durations):
${Object.entries(knobsSchema.shape)
  .map(([name, knob]) => `  ${name.padEnd(22)}${knob.description ?? ''}`)
  .join('\n')}
`

export function addSimulateCommand(program: Command): void {
  const command = program
    .command('simulate [profile]')
    .description('play a simulated contact centre into the running server, files or Kinesis; see --list for profiles')
    .option('--list', 'list the profiles')
    .option('--seed <n>', 'same seed, same messages', whole(0), 1)
    .option('--from <time>', 'ISO time at which it begins; without it, so long ago that it ends now, and now with --speed 1', parseTime)
    .addOption(new Option('--for <duration>', 'how much is simulated').argParser(parseFor).default(3_600_000, '1h'))
    .option('--agents <n>', 'how many agents, instead of as many as the profile has', whole(1))
    .option('--queues <n>', 'how many queues, instead of as many as the profile has', whole(1))
    .option('--load <x>', 'times the arrivals of the profile', parsePositive)
    .addOption(
      new Option(
        '--hours <which>',
        'steady: always the busiest hour; daily: shifts and a daily curve in UTC; default: daily from 8 h on',
      ).choices(['steady', 'daily']),
    )
    .addOption(new Option('--disturb <preset>', 'what goes wrong on the way').choices(presetNames).default('none' satisfies PresetName))
    .option('--knob <name=value>', 'turn one knob of --disturb; may be repeated', collectKnob)
    .option('--out <dir>', 'write files into this folder')
    .option('--force', 'with --out: replace the run that the folder holds')
    .addOption(new Option('--truth <how>', 'with --out: write truth.json').choices(['full', 'off']).default('full'))
    .option('--http [url]', 'post to the server at this address; without one, as with --url')
    .option('--kinesis [region]', 'put into Kinesis streams of this Region; without one, AWS_REGION')
    .option('--kinesis-endpoint <url>', 'another address of Kinesis, for VPC endpoints and test servers', parseUrl)
    .option('--stream <kind=name>', `stream of a kind (${streamKinds.join(', ')}); may be repeated`, collectStream)
    .option('--speed <n>', 'times real time, or max', parseSpeed, 'max' as number | 'max')
    .addHelpText('after', examples)
  withServerFlags(command).action((profile: string | undefined, flags: SimulateFlags & { list?: boolean }) =>
    runCommand(flags.json === true, async () => {
      if (flags.list === true) {
        const width = Math.max(...profileList.map(({ name }) => name.length)) + 2
        return print(flags.json === true, profileList, profileList.map((p) => `${p.name.padEnd(width)}${p.description}`).join('\n'))
      }
      const summary = await simulate(profile, flags)
      print(flags.json === true, summary, summaryText(summary))
      if (summary.isStopped) process.exitCode = 130
    }),
  )
}

const streamKinds = [...Object.values(kindNames), 'any'] as const

function collectStream(text: string, before: Partial<Record<KindName | 'any', string>> = {}): Partial<Record<KindName | 'any', string>> {
  const [, kind, name] = /^([a-z-]+)=(.+)$/.exec(text) ?? []
  const known = streamKinds.find((k) => k === kind)
  if (known === undefined || name === undefined)
    throw new InvalidArgumentError(`kind=name is expected, the kinds are ${streamKinds.join(', ')}`)
  return { ...before, [known]: name }
}

function collectKnob(text: string, before: Record<string, number | string> = {}): Record<string, number | string> {
  try {
    const [name, value] = parseKnob(text)
    return { ...before, [name]: value }
  } catch (error) {
    throw new InvalidArgumentError((error as RangeError).message)
  }
}

function whole(least: number) {
  return (text: string): number => {
    const value = Number(text)
    if (!Number.isSafeInteger(value) || value < least || text.trim() === '') throw new InvalidArgumentError(`a whole number from ${least}`)
    return value
  }
}

function parsePositive(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('a number above 0')
  return value
}

const parseSpeed = (text: string): number | 'max' => {
  if (text === 'max') return text
  const speed = Number(text)
  if (!(speed > 0 && speed < Infinity)) throw new InvalidArgumentError('a number above 0, or max')
  return speed
}

function parseFor(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms <= 0) throw new InvalidArgumentError('a duration like 90s, 30m, 1h, 1d')
  return ms
}

function parseTime(text: string): number {
  const ms = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(ms)) throw new InvalidArgumentError('an ISO time like 2026-03-02T09:00:00Z')
  return ms
}

function parseUrl(text: string): string {
  if (!URL.canParse(text)) throw new InvalidArgumentError('not an address')
  return text
}
