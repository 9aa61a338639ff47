import type { LiveQuery } from '#contracts/live'
import type { Live } from '../live/react.tsx'
import { metricsOf, rowsOf, type MetricsQuery, type RowsQuery } from '../live/rows.ts'
import { prepareBoard, type Board, type BoardInput, type BoardModel } from './model.ts'

const businessDay = 'businessDay' as const
export const queries = {
  metrics: {
    metrics: [
      { name: 'CONTACTS_IN_QUEUE' },
      { name: 'CONTACTS_IN_QUEUE_OVER_X' },
      { name: 'SERVICE_LEVEL', window: businessDay },
      { name: 'SERVICE_LEVEL', window: 'PT30M' },
      { name: 'CONTACTS_ABANDONED', window: businessDay },
      { name: 'ABANDONMENT_RATE', window: businessDay },
      { name: 'AGENTS_AVAILABLE' },
      { name: 'AGENTS_STAFFED' },
      { name: 'AGENTS_ON_CONTACT' },
      { name: 'AGENTS_AFTER_CONTACT_WORK' },
      { name: 'AGENTS_NON_PRODUCTIVE' },
    ],
  } satisfies MetricsQuery,
  queues: { rows: 'queues' } satisfies RowsQuery<'queues'>,
  agents: { rows: 'agents' } satisfies RowsQuery<'agents'>,
  alerts: { rows: 'alerts' } satisfies RowsQuery<'alerts'>,
  active: { rows: 'contacts', filters: [{ key: 'STATE', values: ['active'] }] } satisfies RowsQuery<'contacts'>,
}
export const ofContact = <K extends 'turns' | 'contacts' | 'alerts'>(rows: K, contactId: string): RowsQuery<K> => ({
  rows,
  filters: [{ key: 'CONTACT', values: [contactId] }],
})

/** Deltas of several subscriptions come in one go; they are drawn in one go. */
const GATHER_MS = 40

export interface BoardEngine {
  model: () => BoardModel
  subscribe: (listener: () => void) => () => void
}

/** Runs `prepareBoard` when something came, when a second turned, and when something held back is due. Works only while somebody looks. */
export function createBoardEngine(live: Live, rights: { words: boolean }): BoardEngine {
  const { client, ticker, timers } = live
  const listeners = new Set<() => void>()
  let board: Board | null = null
  let stop: (() => void) | null = null
  const words = new Map<string, () => void>()

  function input(): BoardInput {
    const state = client.store.getState()
    return {
      values: metricsOf(state, queries.metrics),
      queues: rowsOf(state, queries.queues),
      agents: rowsOf(state, queries.agents),
      alerts: rowsOf(state, queries.alerts),
      contacts: rowsOf(state, queries.active),
      turns: [...words.keys()].flatMap((id) => rowsOf(state, ofContact('turns', id)) ?? []),
    }
  }

  /** Only the words of the conversations on the wall are asked for, each on its own, so that a newcomer disturbs no other. */
  function followWords(ids: readonly string[]): void {
    for (const [id, release] of words) {
      if (ids.includes(id)) continue
      release()
      words.delete(id)
    }
    if (rights.words) for (const id of ids) if (!words.has(id)) words.set(id, client.watch(ofContact('turns', id)))
  }

  let cancelGather: (() => void) | null = null
  let cancelDue: (() => void) | null = null
  function run(): void {
    cancelGather?.()
    cancelGather = null
    cancelDue?.()
    const now = ticker.now()
    board = prepareBoard(board, input(), now)
    followWords((board.model.conversations ?? []).map((c) => c.id))
    if (board.dueAt !== null) cancelDue = timers.after(Math.max(0, board.dueAt - now), run)
    for (const listener of listeners) listener()
  }

  function start(): () => void {
    const all: LiveQuery[] = Object.values(queries)
    const releases = all.map((query) => client.watch(query))
    releases.push(
      client.store.subscribe((state, before) => {
        if (state.held !== before.held) cancelGather ??= timers.after(GATHER_MS, run)
      }),
      ticker.subscribe(run),
    )
    run()
    return () => {
      cancelGather?.()
      cancelGather = null
      cancelDue?.()
      followWords([])
      for (const release of releases) release()
    }
  }

  return {
    model: () => (board ??= prepareBoard(null, input(), ticker.now())).model,
    subscribe(listener) {
      listeners.add(listener)
      stop ??= start()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) {
          stop?.()
          stop = null
        }
      }
    },
  }
}
