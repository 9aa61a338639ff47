import { createContext, useContext, useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react'
import { useStore } from 'zustand'
import type { LiveRowKind, LiveRows } from '#contracts/live'
import type { LiveClient, LiveState, Timers } from './client.ts'
import { keyOf } from './client.ts'
import { freshnessOf, SILENT_AFTER_MS, SILENT_WHILE_PREPARING_MS, type Freshness } from './connection.ts'
import { rowsOf, type RowsQuery } from './rows.ts'
import type { Ticker } from './ticker.ts'

export interface Live {
  client: LiveClient
  ticker: Ticker
  timers: Timers
}
const LiveContext = createContext<Live | null>(null)

export function LiveProvider({ live, children }: { live: Live; children: ReactNode }) {
  useEffect(() => {
    live.client.start()
    return () => live.client.stop()
  }, [live])
  return <LiveContext value={live}>{children}</LiveContext>
}

export function useLive(): Live {
  const live = useContext(LiveContext)
  if (!live) throw new Error('useLive outside of LiveProvider')
  return live
}

export function useLiveState<T>(selector: (state: LiveState) => T): T {
  return useStore(useLive().client.store, selector)
}

/** Server time, cut to the second; renders once a second. */
export function useSecond(): number {
  const { ticker } = useLive()
  return useSyncExternalStore(ticker.subscribe, ticker.second)
}

/** The time of day, also while figures stand still. */
export function useClock(): number {
  const { ticker } = useLive()
  return useSyncExternalStore(ticker.subscribe, ticker.clockSecond)
}

export function useFreshness(): Freshness {
  const { timers } = useLive()
  // Every second as well: it is the absence of frames that is noticed.
  useSecond()
  const silentAfterMs = usePreparing() ? SILENT_WHILE_PREPARING_MS : SILENT_AFTER_MS
  return useLiveState((s) => freshnessOf(s.connection, s, timers.now(), silentAfterMs))
}

/** The demo plays its last minutes at full speed, or is about to begin anew: figures and ages mean nothing yet. */
export function usePreparing(): boolean {
  return useLiveState((s) => s.status?.preparing === true || s.status?.changingTo !== undefined)
}

/** Grows when the server has begun to play another profile of the demo: nothing of the one before is to be kept. */
export function useDemoRound(): number {
  const name = useLiveState((s) => s.status?.profile?.name)
  const [round, setRound] = useState({ name, count: 0 })
  if (name !== undefined && name !== round.name) {
    const next = { name, count: round.name === undefined ? round.count : round.count + 1 }
    setRound(next)
    return next.count
  }
  return round.count
}

export interface WatchedRows<T> {
  /** null before the first snapshot. */
  rows: readonly T[] | null
  error: { code: string; detail: string } | null
}

export function useRows<K extends LiveRowKind>(query: RowsQuery<K>): WatchedRows<LiveRows[K]> {
  const { client } = useLive()
  const key = keyOf(query)
  // The key is the query, written down: a new object with the same content is the same subscription.
  const stable = useMemo(() => JSON.parse(key) as RowsQuery<K>, [key])
  useEffect(() => client.watch(stable), [client, stable])
  const rows = useLiveState((s) => rowsOf(s, stable))
  const error = useLiveState((s) => s.held[key]?.error ?? null)
  return useMemo(() => ({ rows, error }), [rows, error])
}
