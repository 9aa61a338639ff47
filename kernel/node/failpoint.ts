import { CallboardError } from '../errors.ts'

/**
 * Places where a process may be made to fail on purpose, to prove that nothing is lost or doubled there. What must hold after each,
 * and how to run the proof: docs/reliability.md.
 */
export const failPlaces = {
  CP01: 'after records were read from a source, before they are appended',
  CP02: 'append sent, not yet acknowledged',
  CP03: 'append acknowledged, before the source is',
  CP04: 'checkpoint written, its answer lost',
  CP05: 'end of a shard read, before that is checkpointed',
  CP06: 'lease of a shard taken or renewed, its answer lost',
  CP07: 'records read by a lane, before they are folded',
  /** On Kafka its detail is the consumer group. */
  CP08: 'inside a commit: outputs written, transaction open',
  CP09: 'commit done, its answer lost',
  CP10: 'commit done, before the lane goes on from it',
  CP11: 'insert into the analytics store applied, its answer lost',
  CP12: 'inserts acknowledged, before their position is committed',
  CP13: "half of a batch's tables inserted",
  CP14: 'a slice of the log is being unlinked',
  CP15: 'webhook message recorded, before it is sent',
  CP16: 'webhook message processed by its receiver, the answer lost',
  CP17: 'webhook message answered, before that is recorded',
  CP18: 'partition assigned, its state half read',
  CP19: 'a new file of the log written, before it has its name',
  CP20: 'half way through a migration of the analytics store',
  CP22: 'dead letter written, before its source is acknowledged',
  /** Its detail is `lane/key`. */
  fold: 'a record is being folded',
} as const
export type FailPlace = keyof typeof failPlaces

/** Crash points of the specification that have no place in the code yet, and why. Tests print them. */
export const placesToCome: Readonly<Record<string, string>> = {
  CP21: 'erasure is not built yet',
}

type Act = () => void

interface Armed {
  act: Act
  /** The hit that fails, counted from one. */
  nth: number
  /** Only hits that carry this detail count. */
  detail: string | undefined
  hits: number
}

let armed: ReadonlyMap<string, Armed> | undefined

/** Does nothing unless a test armed this place: then it fails there, on the hit that was asked for. */
export function failpoint(place: FailPlace, detail?: string): void {
  if (armed === undefined) return
  const found = armed.get(place)
  if (!found || (found.detail !== undefined && found.detail !== detail)) return
  if (++found.hits === found.nth) found.act()
}

const RULE = /^(\w+)(?:=([^:,]*))?:(\d+|r\d+):(\w+)(?::(\d+))?$/
const RANDOM_HITS = 8

/**
 * Arms what `FAILPOINT` names: `place:nth:action`, several with commas. `nth` counts from 1; `r7` is a hit from 2 to 9 drawn from seed 7;
 * `fold=contacts/c1:…` waits for that record. Actions: `kill` (SIGKILL to itself), `stop` (SIGSTOP), `error` (throws), `pause:ms`, `hang`, `exit:code`.
 * Throws SETTING_INVALID when it cannot be read, and unless CALLBOARD_ALLOW_FAILPOINTS is `yes`: nobody's server fails on purpose because
 * of one variable that was left behind. Returns what is armed.
 */
export function armFailpoints(environment: NodeJS.ProcessEnv): string[] {
  const text = environment['FAILPOINT'] ?? environment['CALLBOARD_FAILPOINT'] ?? ''
  if (text === '') {
    armed = undefined
    return []
  }
  if (environment['CALLBOARD_ALLOW_FAILPOINTS'] !== 'yes')
    throw new CallboardError(
      'SETTING_INVALID',
      'FAILPOINT makes this process fail on purpose and is for tests alone: unset it (a test sets CALLBOARD_ALLOW_FAILPOINTS=yes beside it)',
    )
  const rules = text.split(',').map((rule) => parseRule(rule.trim()))
  armed = new Map(rules)
  return rules.map(([place, { nth }]) => `${place} on hit ${nth}`)
}

function parseRule(text: string): [string, Armed] {
  const [, place = '', detail, nth = '', action = '', argument] = RULE.exec(text) ?? []
  if (!(place in failPlaces))
    throw new CallboardError('SETTING_INVALID', `FAILPOINT "${text}": place:nth:action is expected, with a place of ${places()}`)
  const act = actionOf(place, action, Number(argument ?? 0))
  if (!act) throw new CallboardError('SETTING_INVALID', `FAILPOINT "${text}": there is no action "${action}"`)
  return [place, { act, detail, hits: 0, nth: nth.startsWith('r') ? randomHit(Number(nth.slice(1))) : Number(nth) }]
}

const places = (): string => Object.keys(failPlaces).join(', ')

/** Blocking, all of them: a process that is stopped does nothing else meanwhile either. */
function actionOf(place: string, action: string, argument: number): Act | undefined {
  const actions: Record<string, Act> = {
    kill: () => process.kill(process.pid, 'SIGKILL'),
    stop: () => process.kill(process.pid, 'SIGSTOP'),
    error: () => {
      throw new Error(`failpoint ${place}`)
    },
    pause: () => sleep(argument),
    hang: () => sleep(Number.POSITIVE_INFINITY),
    exit: () => process.exit(argument),
  }
  return actions[action]
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

function randomHit(seed: number): number {
  return 2 + ((Math.imul(seed + 1, 2_654_435_761) >>> 8) % RANDOM_HITS)
}
