import type { PublicAgent, PublicAlert, PublicContact, PublicMetrics, PublicQueue, PublicTurn } from '#contracts/public'
import { agentLine, compareAgents, countFaces, type AgentLine, type FaceCounts } from './agents.ts'
import { newestAlerts, type AlertLine } from './alerts.ts'
import { conversationLine, rankConversations, type ConversationLine } from './conversations.ts'
import { judge, type Condition, type Judged } from './levels.ts'
import { keepSame, pace, paceOrder, TILE_EVERY_MS, type Paced } from './pace.ts'
import { compareQueues, queueLine, type QueueLine } from './queues.ts'
import { draftTiles, isBlank, type TileModel } from './tiles.ts'

/** Everything the wallboard draws, decided here. The page only draws. */
export interface BoardModel {
  tiles: readonly TileModel[]
  queues: readonly QueueLine[] | null
  agents: readonly AgentLine[] | null
  faces: FaceCounts
  alerts: readonly AlertLine[] | null
  conversations: readonly ConversationLine[] | null
  conversationCount: number
  negativeCount: number
}

export interface BoardInput {
  values: PublicMetrics['values'] | null
  queues: readonly PublicQueue[] | null
  agents: readonly PublicAgent[] | null
  alerts: readonly PublicAlert[] | null
  contacts: readonly PublicContact[] | null
  turns: readonly PublicTurn[]
}

/** What must be remembered from one drawing to the next. */
export interface BoardMemory {
  /** Figures and queues were there: what is shown is more than a start. */
  complete: boolean
  judged: Readonly<Record<string, Judged>>
  tiles: Readonly<Record<string, Paced<TileModel>>>
  parts: { readonly [P in PacedPart]?: Paced<BoardModel[P]> }
  orders: Readonly<Partial<Record<'queues' | 'agents' | 'conversations', Paced<readonly string[]>>>>
}
type PacedPart = 'queues' | 'agents' | 'alerts' | 'conversations'

export interface Board {
  model: BoardModel
  memory: BoardMemory
  /** When something held back may be shown. */
  dueAt: number | null
}

export const ALERTS_SHOWN = 3
export const CONVERSATIONS_SHOWN = 4
const emptyMemory: BoardMemory = { complete: false, judged: {}, tiles: {}, parts: {}, orders: {} }

/** Same input, same memory, same time: same board. */
export function prepareBoard(prev: Board | null, input: BoardInput, now: number): Board {
  const memory = prev?.memory ?? emptyMemory
  const judged: Record<string, Judged> = {}
  const levelOf = (key: string, conditions: readonly Condition[]): Judged => (judged[key] = judge(memory.judged[key], conditions, now))
  let dueAt: number | null = null
  const due = (at: number | null): void => {
    if (at !== null) dueAt = Math.min(dueAt ?? at, at)
  }
  const parts: { [P in PacedPart]?: Paced<BoardModel[P]> } = {}
  const orders: Partial<Record<'queues' | 'agents' | 'conversations', Paced<readonly string[]>>> = {}

  const tiles: Record<string, Paced<TileModel>> = {}
  const shownTiles = draftTiles(input.values, input.queues, now).map((draft) => {
    const { conditions, ...content } = draft
    const { level, word } = levelOf(`tile/${draft.id}`, conditions)
    // The first figure is not a change of what was shown.
    const before = memory.tiles[draft.id]
    const everyMs = memory.complete && !isBlank(before?.shown) ? TILE_EVERY_MS : 0
    const { paced, dueAt: at } = pace(before, { ...content, level, word }, now, everyMs)
    due(at)
    return (tiles[draft.id] = paced).shown
  })

  /** A list in its paced order, then paced as one tile; lines that did not change stay the same objects. */
  function list<T extends { id: string }>(lines: readonly T[], before: Paced<readonly T[] | null> | undefined): Paced<readonly T[] | null> {
    // The first answer is not a change of what was shown.
    const { paced, dueAt: at } = pace(before?.shown ? before : undefined, keepSame(before?.shown ?? undefined, lines), now)
    due(at)
    return paced
  }
  function inOrder<T extends { id: string }>(of: 'queues' | 'agents' | 'conversations', lines: readonly T[]): T[] {
    const order = paceOrder(
      memory.orders[of],
      lines.map((l) => l.id),
      now,
    )
    orders[of] = order
    const byId = new Map(lines.map((l) => [l.id, l]))
    return order.shown.flatMap((id) => byId.get(id) ?? [])
  }

  if (input.queues) {
    const lines = input.queues.filter((q) => !q.hidden).map((q) => queueLine(q, levelOf, now))
    parts.queues = list(inOrder('queues', lines.toSorted(compareQueues)), memory.parts.queues)
  }
  let faces: FaceCounts = {}
  if (input.agents) {
    const handleSeconds = new Map(
      (input.queues ?? []).flatMap((q) => (q.handleSecondsToday === null ? [] : [[q.id, q.handleSecondsToday] as const])),
    )
    const lines = input.agents.map((a) => agentLine(a, handleSeconds, levelOf, now)).filter((l) => l.face !== 'offline')
    faces = countFaces(lines)
    parts.agents = list(inOrder('agents', lines.toSorted(compareAgents)), memory.parts.agents)
  }
  if (input.alerts) parts.alerts = list(newestAlerts(input.alerts, input.contacts, now, ALERTS_SHOWN), memory.parts.alerts)
  const live = input.contacts ? rankConversations(input.contacts, input.alerts ?? [], now) : null
  if (live) {
    const ids = inOrder(
      'conversations',
      live.order.map((id) => ({ id })),
    ).slice(0, CONVERSATIONS_SHOWN)
    const lines = ids.flatMap(({ id }) => {
      const contact = live.contacts.get(id)
      if (!contact) return []
      const turns = input.turns.filter((t) => t.contactId === id)
      return [conversationLine(contact, turns, input.alerts ?? [], levelOf, now)]
    })
    parts.conversations = list(lines, memory.parts.conversations)
  }

  const model: BoardModel = {
    tiles: shownTiles,
    queues: parts.queues?.shown ?? null,
    agents: parts.agents?.shown ?? null,
    faces,
    alerts: parts.alerts?.shown ?? null,
    conversations: parts.conversations?.shown ?? null,
    conversationCount: live?.count ?? 0,
    negativeCount: live?.negative ?? 0,
  }
  const complete = input.values !== null && input.queues !== null
  return { model, memory: { complete, judged, tiles, parts, orders }, dueAt }
}
