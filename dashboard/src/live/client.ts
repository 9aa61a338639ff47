import { createStore, type StoreApi } from 'zustand/vanilla'
import type { LiveQuery, LiveStatus } from '#contracts/live'
import type { PublicAlert } from '#contracts/public'
import { moveTo, retryDelayMs, returnDelayMs, SILENT_AFTER_MS, type ConnectionState } from './connection.ts'
import { askAgain, emptyHeld, takeAnswer, takeDelta, type Held } from './held.ts'
import { observeServerTime, unknownClock, type ServerClock } from './server-clock.ts'
import type { Transport } from './transport.ts'

export interface Timers {
  /** Monotonic milliseconds. */
  now(): number
  after(delayMs: number, task: () => void): () => void
  random(): number
}

export interface LiveState {
  connection: ConnectionState
  clock: ServerClock
  status: LiveStatus | null
  /** When this client was made. */
  startedAt: number
  /** Local time of the newest frame of any kind. */
  lastHeardAt: number | null
  /** Server time the page's figures stand for. */
  asOf: number | null
  held: Readonly<Record<string, Held>>
  /** Newest alerts as announced, newest last. */
  announced: readonly PublicAlert[]
}

export interface LiveClient {
  store: StoreApi<LiveState>
  start(): void
  stop(): void
  /** Holds a subscription while somebody looks; the returned function lets go. */
  watch(query: LiveQuery): () => void
}

interface Watch {
  query: LiveQuery
  viewers: number
  /** Counts askings; an answer to an older one is void. */
  asked: number
  olderSince: number | null
  cancel: () => void
}

const LINGER_MS = 3_000
const REOPEN_AFTER_MS = 7_000
const ASK_AGAIN_MS = 1_000
const REFUSED_AGAIN_MS = 15_000
/** A server whose clock was set back may answer "older" for ever; after this its word counts. */
const PATIENCE_MS = 15_000
const ANNOUNCED_KEPT = 20
/** Refusals that pass by themselves: a server that is catching up, or asked too much at once. */
const passing: ReadonlySet<string> = new Set(['NOT_READY', 'RATE_LIMITED'])
const nothing = (): void => undefined

export const keyOf = (query: LiveQuery): string => JSON.stringify(query)

/** One connection, many subscriptions. All decisions are in held.ts, connection.ts and server-clock.ts; this is the shell around them. */
export function createLiveClient(transport: Transport, timers: Timers): LiveClient {
  const store = createStore<LiveState>(() => ({
    connection: 'connecting',
    clock: unknownClock,
    status: null,
    startedAt: timers.now(),
    lastHeardAt: null,
    asOf: null,
    held: {},
    announced: [],
  }))
  const watches = new Map<string, Watch>()
  let attempt = 0
  let running = false
  let isUp = false
  let cancelRetry = nothing
  let cancelSilence = nothing

  const go = (to: ConnectionState): void => store.setState((s) => ({ connection: moveTo(s.connection, to) }))
  const setHeld = (key: string, held: Held): void => store.setState((s) => ({ held: { ...s.held, [key]: held } }))
  const heldOf = (key: string): Held => store.getState().held[key] ?? emptyHeld

  function heard(serverTime: number): void {
    const now = timers.now()
    const { connection, asOf } = store.getState()
    store.setState({ lastHeardAt: now, asOf: Math.max(serverTime, asOf ?? 0) })
    if (connection === 'connecting' || connection === 'silent') go('live')
    cancelSilence()
    cancelSilence = timers.after(SILENT_AFTER_MS, () => {
      if (store.getState().connection !== 'live') return
      go('silent')
      // A cable pulled out is noticed by nobody: the connection is made anew.
      cancelSilence = timers.after(REOPEN_AFTER_MS, () => transport.close())
    })
  }

  async function ask(key: string, watch: Watch): Promise<void> {
    watch.cancel()
    watch.asked += 1
    const mine = watch.asked
    const again = (delayMs: number): void => {
      watch.cancel = timers.after(delayMs * (0.5 + timers.random()), () => void ask(key, watch))
    }
    setHeld(key, askAgain(heldOf(key)))
    const answer = await transport.subscribe(watch.query).catch(() => null)
    if (watch.asked !== mine) {
      // The same query has the same subscription: only one that nobody wants any more is given back.
      if (answer && !('error' in answer) && !watches.has(key)) transport.unsubscribe(answer.subscription)
      return
    }
    if (answer === null) {
      if (isUp) again(ASK_AGAIN_MS)
      return
    }
    const impatient = watch.olderSince !== null && timers.now() - watch.olderSince >= PATIENCE_MS
    const result = takeAnswer(heldOf(key), answer, impatient)
    if (result.kind === 'older') {
      watch.olderSince ??= timers.now()
      if (!('error' in answer)) transport.unsubscribe(answer.subscription)
      again(ASK_AGAIN_MS)
      return
    }
    watch.olderSince = null
    setHeld(key, result.held)
    if (result.kind === 'refused') again(passing.has(result.held.error?.code ?? '') ? ASK_AGAIN_MS : REFUSED_AGAIN_MS)
    else heard(result.held.asOf ?? 0)
  }

  function retry(): void {
    cancelRetry()
    const delayMs = store.getState().status?.changingTo === undefined ? retryDelayMs : returnDelayMs
    cancelRetry = timers.after(delayMs(attempt, timers.random()), () => {
      attempt += 1
      go('connecting')
      transport.open()
    })
  }

  transport.listen({
    up() {
      attempt = 0
      isUp = true
      for (const [key, watch] of watches) void ask(key, watch)
    },
    down(reason) {
      isUp = false
      cancelSilence()
      for (const [key, watch] of watches) {
        watch.asked += 1
        watch.cancel()
        setHeld(key, askAgain(heldOf(key)))
      }
      if (!running) return
      if (store.getState().connection !== 'offline') go('offline')
      if (reason === 'refused') go('refused')
      retry()
    },
    delta(delta) {
      for (const [key, watch] of watches) {
        const held = heldOf(key)
        if (held.subscription !== delta.subscription) continue
        const result = takeDelta(held, delta)
        if (result.kind === 'applied') setHeld(key, result.held)
        if (result.kind === 'gap') {
          transport.unsubscribe(delta.subscription)
          void ask(key, watch)
        }
      }
      heard(Date.parse(delta.asOf))
    },
    status(status) {
      const serverNow = Date.parse(status.now)
      store.setState((s) => ({ status, clock: observeServerTime(s.clock, serverNow, timers.now()) }))
      heard(serverNow)
    },
    alert(alert) {
      store.setState((s) => ({ announced: [...s.announced.filter((a) => a.id !== alert.id), alert].slice(-ANNOUNCED_KEPT) }))
    },
  })

  function letGo(key: string, watch: Watch): void {
    watch.asked += 1
    watch.cancel()
    watches.delete(key)
    const { subscription } = heldOf(key)
    if (subscription !== null) transport.unsubscribe(subscription)
    store.setState((s) => ({ held: Object.fromEntries(Object.entries(s.held).filter(([k]) => k !== key)) }))
  }

  return {
    store,
    start() {
      running = true
      transport.open()
    },
    stop() {
      running = false
      cancelRetry()
      cancelSilence()
      transport.close()
    },
    watch(query) {
      const key = keyOf(query)
      const known = watches.get(key)
      const watch: Watch = known ?? { query, viewers: 0, asked: 0, olderSince: null, cancel: nothing }
      watch.viewers += 1
      if (!known) {
        watches.set(key, watch)
        setHeld(key, emptyHeld)
        if (isUp) void ask(key, watch)
      }
      return () => {
        watch.viewers -= 1
        // A page that is left and entered again within moments keeps its rows.
        if (watch.viewers === 0) timers.after(LINGER_MS, () => watch.viewers === 0 && watches.get(key) === watch && letGo(key, watch))
      }
    },
  }
}
