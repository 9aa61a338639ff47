import { setTimeout as sleep } from 'node:timers/promises'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { EncodedEntry } from '../entries.ts'
import { closedFault, positionBackFault, positionBeyondEndFault } from '../faults.ts'
import type { LaneCommit, LogRecord, Position } from '../port.ts'
import { isFenced, logFault } from './faults.ts'
import type { Opened, Output, TransactionWriter } from './transaction-writer.ts'

/** One partition of a lane while this member has it. */
export interface OwnedPartition {
  readonly partition: number
  /** Resolves once the partition may be folded: former owners are fenced, the tables read. Rejects when it is let go before. */
  ready(): Promise<void>
  position(topic: string): Promise<number>
  commit(commit: LaneCommit, encoded: readonly EncodedEntry[]): Promise<readonly Position[]>
  /** Resolves when no commit is under way; none begins until `resume`. */
  suspend(): Promise<void>
  resume(): void
  /** The group has confirmed that this member still has the partition. */
  confirmed(): void
  /** Lets go: commits that wait are refused, the one under way ends first. */
  letGo(reason: 'lost' | 'closed'): Promise<void>
}

export interface OwnedPartitionDeps {
  lane: string
  partition: number
  telemetry: Telemetry
  open(): Promise<Opened>
  /** Resolves when the tables hold everything before the barrier; `rebuild`: they may hold what never came to be. */
  readTables(barrier: ReadonlyMap<string, number>, rebuild: boolean): Promise<void>
  startOf(topic: string): Promise<number>
  /** An end known to lie at or past `atLeast`, else the end. */
  endOf(topic: string, atLeast: number): Promise<number>
  committed(partition: number, outputs: readonly { topic: string; record: LogRecord }[]): Promise<void>
}

interface Waiting {
  commit: LaneCommit
  encoded: readonly EncodedEntry[]
  resolve(positions: readonly Position[]): void
  reject(error: unknown): void
}

const REOPEN_MS = 200
/** A commit that cannot begin for so long is refused; whoever asked decides what to do. */
const COMMIT_WAITS_MS = 10_000
/** Heartbeats to wait for after a refusal: the first may have been under way before. */
const CONFIRMATIONS = 2

export function createOwnedPartition(deps: OwnedPartitionDeps): OwnedPartition {
  const { lane, partition, telemetry } = deps
  const positions = new Map<string, number>()
  let writer: TransactionWriter | undefined
  let waiting: Waiting[] = []
  let suspended = false
  let gone: CallboardError | undefined
  let confirmations = Number.POSITIVE_INFINITY
  let confirm: (() => void) | undefined
  let pumping: Promise<void> | undefined
  let opening: Promise<void>

  const isGone = (): boolean => gone !== undefined
  /** The writer, when there is something that may be committed now. */
  const ready = (): TransactionWriter | undefined => (waiting.length > 0 && !suspended && !gone ? writer : undefined)

  const openUntilOpen = async (): Promise<void> => {
    while (!isGone()) {
      if (confirmations < CONFIRMATIONS) await new Promise<void>((resolve) => (confirm = resolve))
      if (isGone()) break
      try {
        const opened = await deps.open()
        const isBehind = [...positions].some(([topic, next]) => (opened.positions.get(topic) ?? -1) < next)
        if (isBehind) telemetry.log('error', 'log_commit_undone', { lane, partition })
        await deps.readTables(opened.barrier, isBehind)
        positions.clear()
        for (const [topic, next] of opened.positions) positions.set(topic, next)
        if (isGone()) await opened.writer.close()
        else writer = opened.writer
        return
      } catch (error) {
        telemetry.count('log_writer_open_failures_total', { lane })
        telemetry.log('warn', 'log_writer_open_failed', { lane, partition, message: messageOf(error) })
        await sleep(REOPEN_MS)
      }
    }
    throw gone
  }
  const reopen = (): void => {
    opening = openUntilOpen()
    opening.catch(() => undefined)
    void opening.then(wake, () => undefined)
  }

  const judge = async ({ commit }: Waiting): Promise<void> => {
    for (const { topic, next } of commit.positions) {
      const stored = positions.get(topic)
      if (stored !== undefined && next < stored) throw positionBackFault(lane, topic, partition, next, stored)
      const end = await deps.endOf(topic, next)
      if (next > end) throw positionBeyondEndFault(lane, topic, partition, next, end)
    }
  }

  /** All that waits is one transaction. */
  const commitWaiting = async (mine: TransactionWriter): Promise<void> => {
    const round: Waiting[] = []
    for (const one of waiting.splice(0)) {
      try {
        await judge(one)
        round.push(one)
      } catch (error) {
        one.reject(error)
      }
    }
    const outputs = round.flatMap(({ commit, encoded }) =>
      commit.outputs.map((output, i): Output => ({ topic: output.topic, partition, entry: encoded[i]!, headers: output.headers })),
    )
    const next = new Map<string, number>()
    for (const { commit } of round) for (const p of commit.positions) next.set(p.topic, Math.max(p.next, next.get(p.topic) ?? 0))
    try {
      const written =
        outputs.length === 0 && next.size === 0
          ? []
          : await mine.commit(
              outputs,
              [...next].map(([topic, n]) => ({ topic, next: n })),
            )
      for (const [topic, n] of next) positions.set(topic, n)
      const records = outputs.map(({ topic, entry, headers }, i) => ({
        topic,
        record: { key: entry.key, value: entry.value, headers, ...written[i]! },
      }))
      await deps.committed(partition, records)
      let at = 0
      for (const { commit, resolve } of round) resolve(written.slice(at, (at += commit.outputs.length)))
    } catch (error) {
      drop(mine, error)
      const fault = isFenced(error)
        ? notOwnerFault(lane, partition, error)
        : logFault(error, `The commit of lane "${lane}" has no clear outcome`)
      for (const { reject } of round) reject(fault)
    }
  }
  const drop = (mine: TransactionWriter, error: unknown): void => {
    writer = undefined
    void mine.close()
    telemetry.count('log_writer_drops_total', { lane, fenced: String(isFenced(error)) })
    // Somebody else may own the partition by now: only the group can say that it is still ours.
    confirmations = isFenced(error) ? 0 : Number.POSITIVE_INFINITY
    if (!gone) reopen()
  }
  const pump = async (): Promise<void> => {
    for (let mine = ready(); mine; mine = ready()) await commitWaiting(mine)
    pumping = undefined
  }
  const wake = (): void => {
    if (ready()) pumping ??= pump()
  }

  reopen()
  return {
    partition,
    ready: () => opening,
    async position(topic) {
      await opening
      if (gone) throw gone
      return positions.get(topic) ?? deps.startOf(topic)
    },
    commit(commit, encoded) {
      if (gone) return Promise.reject(gone)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          if (!waiting.includes(one)) return
          waiting = waiting.filter((other) => other !== one)
          reject(
            new CallboardError('LOG_UNAVAILABLE', `Lane "${lane}" could not begin a commit of partition ${partition}.`, {
              retryable: true,
            }),
          )
        }, COMMIT_WAITS_MS)
        const one: Waiting = {
          commit,
          encoded,
          resolve: (written) => {
            clearTimeout(timer)
            resolve(written)
          },
          reject: (error) => {
            clearTimeout(timer)
            reject(error)
          },
        }
        waiting.push(one)
        wake()
      })
    },
    async suspend() {
      suspended = true
      await pumping
    },
    resume() {
      suspended = false
      wake()
    },
    confirmed() {
      if (++confirmations !== CONFIRMATIONS) return
      confirm?.()
      confirm = undefined
    },
    async letGo(reason) {
      gone = reason === 'closed' ? closedFault() : notOwnerFault(lane, partition)
      confirm?.()
      await pumping
      for (const { reject } of waiting.splice(0)) reject(gone)
      await writer?.close()
      writer = undefined
    },
  }
}

export function notOwnerFault(lane: string, partition: number, cause?: unknown): CallboardError {
  return new CallboardError('CONFLICT', `This member of lane "${lane}" does not own partition ${partition}.`, {
    details: { lane, partition },
    ...(cause === undefined ? {} : { cause }),
  })
}
