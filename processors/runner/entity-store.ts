import { isEqualJson } from '#kernel/json'
import { toKeyPart } from '#kernel/key-part'
import { topics } from '#events/topics'
import type { LaneOutput, TableView } from '#log/port'
import { timerKey } from './timers.ts'
import type { Fact, Facts, Fold, FoldContext, Output, OutputChange } from './fold.ts'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
/** Facts kept parsed, per lane and partition; some 2 KB each with the row they make. */
const CACHED_FACTS = 20_000
const LOOK_AGAIN_MS = 60_000

interface Entity {
  /** Of the keys of its facts. */
  prefix: string
  facts: Facts
  outputs: Map<string, Output>
  /** When its timer is due. */
  dueAt: number | undefined
  /** Facts that changed since the rows were derived. */
  changed: Map<string, unknown>
}

/** One partition's entities: what the lane's output topics say, read on demand, with recently used ones kept parsed. */
export interface EntityStore {
  /** Joins new facts into an entity; false: nothing new. What follows from them is known after `settle`. */
  join(entity: string, add: (facts: Facts) => Fact[], context: FoldContext): boolean
  /** Derives the rows of every entity with new facts, once each however many there were; returns what the log must be told. */
  settle(context: FoldContext, failed?: (entity: string, error: unknown) => void): LaneOutput[]
  /** Looks at an entity because its time came. */
  expire(entity: string, context: FoldContext): LaneOutput[]
}

export function createEntityStore(fold: Fold, table: (topic: string) => TableView): EntityStore {
  const cache = new Map<string, Entity>()
  const unsettled = new Map<string, Entity>()
  let cachedFacts = 0

  const load = (name: string, context: FoldContext): Entity => {
    const cached = cache.get(name)
    if (cached) {
      cache.delete(name)
      cache.set(name, cached)
      return cached
    }
    const prefix = `${fold.name}/${toKeyPart(name)}/`
    const facts: Facts = new Map()
    for (const record of table(topics.facts).scan(prefix)) {
      const { id, value } = parse(record.value) as Fact
      facts.set(id, value)
    }
    const entity: Entity = { prefix, facts, outputs: new Map(), dueAt: undefined, changed: new Map() }
    const stored = fold.storedOutputs?.(name)
    if (stored) {
      for (const record of table(stored.topic).scan(stored.prefix))
        entity.outputs.set(`${stored.topic} ${record.key}`, { topic: stored.topic, key: record.key, value: parse(record.value) })
    } else entity.outputs = byKey(fold.derive(name, facts, new Map(), context))
    entity.dueAt = fold.dueAt(facts, entity.outputs)
    cache.set(name, entity)
    cachedFacts += facts.size
    return entity
  }

  /** Forgets the entities that were not used for longest, the present one never. */
  const makeRoom = (): void => {
    for (const [name, entity] of cache) {
      if (cachedFacts <= CACHED_FACTS || cache.size === 1) return
      cache.delete(name)
      cachedFacts -= entity.facts.size
    }
  }

  const factOutput = ({ prefix }: Entity, id: string, value: unknown): LaneOutput => ({
    topic: topics.facts,
    key: prefix + id.split('/').map(toKeyPart).join('/'),
    value: value === undefined ? null : encode({ id, value }),
    headers: {},
  })

  const timerOutput = (name: string, entity: Entity, notBefore = 0): LaneOutput => {
    const dueAt = entity.dueAt === undefined ? undefined : Math.max(entity.dueAt, notBefore)
    return {
      topic: topics.timers,
      key: timerKey(fold.name, name),
      value: dueAt === undefined ? null : encode({ entity: name, dueAt }),
      headers: {},
    }
  }

  const set = (entity: Entity, id: string, value: unknown): void => {
    const { facts } = entity
    if (value === undefined) cachedFacts -= Number(facts.delete(id))
    else {
      cachedFacts += Number(!facts.has(id))
      facts.set(id, value)
    }
    entity.changed.set(id, value)
  }

  const join = (name: string, entity: Entity, found: readonly Fact[]): boolean => {
    const { facts } = entity
    let isNew = false
    for (const { id, value } of found) {
      const known = facts.get(id)
      const merged = known === undefined ? value : fold.merge(id, known, value)
      if (known !== undefined && isEqualJson(known, merged)) continue
      set(entity, id, merged)
      isNew = true
    }
    if (isNew) unsettled.set(name, entity)
    return isNew
  }

  const settle = (name: string, entity: Entity, context: FoldContext): LaneOutput[] => {
    const { facts, changed } = entity
    if (changed.size === 0) return []
    for (const id of fold.cap(facts)) set(entity, id, undefined)

    const after = byKey(fold.derive(name, facts, entity.outputs, context))
    const changes = difference(entity.outputs, after)
    const { drop = [], put = [] } = fold.compact?.(facts) ?? {}
    for (const id of drop) set(entity, id, undefined)
    for (const { id, value } of put) set(entity, id, value)
    // Rows of the time before stay as they are: the next difference starts from what the kept facts say.
    entity.outputs = drop.length > 0 ? byKey(fold.derive(name, facts, after, context)) : after
    entity.changed = new Map()
    unsettled.delete(name)

    const outputs = [...changed].map(([id, value]) => factOutput(entity, id, value))
    outputs.push(...changes.map(toLaneOutput), ...(fold.effects?.(changes, context) ?? []).map(toLaneOutput))
    const dueBefore = entity.dueAt
    entity.dueAt = fold.dueAt(facts, entity.outputs)
    if (entity.dueAt !== dueBefore) outputs.push(timerOutput(name, entity))
    return outputs
  }

  return {
    join(name, add, context) {
      const entity = load(name, context)
      return join(name, entity, add(entity.facts))
    },

    settle(context, failed) {
      const outputs: LaneOutput[] = []
      for (const [name, entity] of unsettled) {
        try {
          outputs.push(...settle(name, entity, context))
        } catch (error) {
          failed?.(name, error)
          throw error
        }
      }
      makeRoom()
      return outputs
    },

    expire(name, context) {
      const entity = load(name, context)
      const { gone, put = [], oldRows } = fold.expire(name, entity.facts, context.at)
      const outputs: LaneOutput[] = []
      if (oldRows) {
        for (const record of table(oldRows.topic).scan(oldRows.prefix))
          if (oldRows.isOld(parse(record.value))) outputs.push(tombstone(oldRows.topic, record.key, 'expired'))
      }
      if (gone) {
        for (const id of entity.facts.keys()) outputs.push(factOutput(entity, id, undefined))
        for (const { topic, key } of entity.outputs.values()) outputs.push(tombstone(topic, key, 'expired'))
        cache.delete(name)
        cachedFacts -= entity.facts.size
        outputs.push({ topic: topics.timers, key: timerKey(fold.name, name), value: null, headers: {} })
        // Whatever the fold says, the next look is later than this one.
      } else {
        join(name, entity, put)
        outputs.push(...settle(name, entity, context), timerOutput(name, entity, context.at + LOOK_AGAIN_MS))
      }
      return outputs
    },
  }
}

function byKey(outputs: readonly Output[]): Map<string, Output> {
  return new Map(outputs.map((o) => [`${o.topic} ${o.key}`, o]))
}

function difference(before: ReadonlyMap<string, Output>, after: ReadonlyMap<string, Output>): OutputChange[] {
  const changes: OutputChange[] = []
  for (const [id, { topic, key, value }] of after) {
    const old = before.get(id)?.value
    if (old === undefined || !isEqualJson(old, value)) changes.push({ topic, key, before: old, after: value })
  }
  for (const [id, { topic, key, value }] of before) if (!after.has(id)) changes.push({ topic, key, before: value, after: undefined })
  return changes
}

function toLaneOutput(change: OutputChange | Output): LaneOutput {
  const value = 'after' in change ? change.after : change.value
  return value === undefined
    ? tombstone(change.topic, change.key, 'corrected', 'before' in change ? change.before : undefined)
    : { topic: change.topic, key: change.key, value: encode(value), headers: {} }
}

/**
 * A corrected row was never true; an expired one only left memory. Readers that keep history tell them apart by the header, and
 * learn from `row` what to take away: a key does not always tell.
 */
function tombstone(topic: string, key: string, reason: 'corrected' | 'expired', row?: unknown): LaneOutput {
  return { topic, key, value: null, headers: row === undefined ? { reason } : { reason, row: JSON.stringify(row) } }
}

function encode(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value))
}

function parse(value: Uint8Array | null): unknown {
  return value === null ? undefined : JSON.parse(decoder.decode(value))
}
