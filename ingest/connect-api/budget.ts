import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import { awsFaultOf } from '../aws/faults.ts'

/**
 * Calls a second and burst that an account has in a Region, all its instances, users and consoles together (Amazon Connect guide,
 * "API throttling quotas"). Operations without a figure of their own get the default.
 */
const allowances = {
  ListRealtimeContactAnalysisSegments: { rate: 1, burst: 2 },
  ListRealtimeContactAnalysisSegmentsV2: { rate: 2, burst: 5 },
  ListQueues: { rate: 2, burst: 5 },
  SearchUsers: { rate: 2, burst: 5 },
  ListUsers: { rate: 2, burst: 5 },
} as const
export type Operation = keyof typeof allowances

const SLOWEST = 1 / 16
/** A throttled answer halves the rate, and so many answers that were not bring it back. */
const ANSWERS_TO_RECOVER = 20

/** What one account and Region allows us. One for all that ask there, because Amazon counts them together. */
export interface Budget {
  /**
   * Waits until a call of `operation` is allowed, the most urgent waiter first, then makes it. A throttled answer slows down all
   * calls of that operation. Rejects with what `call` rejects with, or with the signal's reason when it aborts first.
   */
  spend<T>(operation: Operation, call: () => Promise<T>, order: Order): Promise<T>
  /** At most this part of the allowance, 0 to 1, is ours from now on. */
  limitTo(share: number): void
}

export interface Order {
  /** Higher comes first. */
  urgency: number
  signal: AbortSignal
}

interface Bucket {
  /** 1: the full allowance; less after throttled answers. */
  pace: number
  tokens: number
  filledAt: number
  waiters: Set<{ urgency: number; go: () => void }>
  cancel: (() => void) | undefined
}

export function createBudget({ clock, telemetry }: { clock: Clock; telemetry: Telemetry }): Budget {
  let share = 1
  const buckets = new Map<Operation, Bucket>()
  const burstOf = (operation: Operation): number => Math.max(1, Math.floor(allowances[operation].burst * share))
  const bucketOf = (operation: Operation): Bucket => {
    let bucket = buckets.get(operation)
    if (!bucket) {
      bucket = { pace: 1, tokens: burstOf(operation), filledAt: clock.now(), waiters: new Set(), cancel: undefined }
      buckets.set(operation, bucket)
    }
    return bucket
  }
  const rateOf = (operation: Operation, { pace }: Bucket): number => allowances[operation].rate * share * pace

  const fill = (operation: Operation, bucket: Bucket): void => {
    // A clock set back gives nothing and takes nothing.
    const seconds = Math.max(0, clock.now() - bucket.filledAt) / 1000
    bucket.tokens = Math.min(burstOf(operation), bucket.tokens + seconds * rateOf(operation, bucket))
    bucket.filledAt = clock.now()
  }
  const serve = (operation: Operation, bucket: Bucket): void => {
    fill(operation, bucket)
    bucket.cancel?.()
    bucket.cancel = undefined
    while (bucket.tokens >= 1 && bucket.waiters.size > 0) {
      const first = [...bucket.waiters].reduce((best, waiter) => (waiter.urgency > best.urgency ? waiter : best))
      bucket.waiters.delete(first)
      bucket.tokens--
      first.go()
    }
    if (bucket.waiters.size === 0) return
    const waitMs = ((1 - bucket.tokens) / rateOf(operation, bucket)) * 1000
    bucket.cancel = clock.after(Math.ceil(waitMs), () => serve(operation, bucket))
  }
  const turn = (operation: Operation, urgency: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error)
      const bucket = bucketOf(operation)
      const leave = (): void => {
        bucket.waiters.delete(waiter)
        reject(signal.reason as Error)
      }
      const waiter = {
        urgency,
        go() {
          signal.removeEventListener('abort', leave)
          resolve()
        },
      }
      signal.addEventListener('abort', leave, { once: true })
      bucket.waiters.add(waiter)
      serve(operation, bucket)
    })
  const answered = (operation: Operation, result: string): void => {
    const bucket = bucketOf(operation)
    fill(operation, bucket)
    if (result === 'throttled') {
      bucket.pace = Math.max(SLOWEST, bucket.pace / 2)
      bucket.tokens = 0
    } else bucket.pace = Math.min(1, bucket.pace + 1 / ANSWERS_TO_RECOVER)
    telemetry.count('connect_api_calls_total', { operation, result })
    telemetry.gauge('connect_api_pace_ratio', { operation }, bucket.pace)
  }

  return {
    limitTo(limit) {
      share = Math.min(share, limit)
    },
    async spend(operation, call, { urgency, signal }) {
      const askedAt = clock.now()
      await turn(operation, urgency, signal)
      telemetry.observe('connect_api_wait_ms', { operation }, Math.max(0, clock.now() - askedAt))
      try {
        const answer = await call()
        answered(operation, 'ok')
        return answer
      } catch (error) {
        if (!signal.aborted) answered(operation, awsFaultOf(error))
        throw error
      }
    },
  }
}

/** One budget for each account and Region; of sources that name different shares the smallest counts. */
export function createBudgets(deps: { clock: Clock; telemetry: Telemetry }) {
  const budgets = new Map<string, Budget>()
  return ({ account, region, share }: { account: string; region: string; share: number }): Budget => {
    const place = `${account}/${region}`
    const budget = budgets.get(place) ?? createBudget(deps)
    budgets.set(place, budget)
    budget.limitTo(share)
    return budget
  }
}
