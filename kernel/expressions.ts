/**
 * What is counted of a record, written down once as data: the store compiles it to SQL, `amountOf` and `isTrue` run it on an object,
 * and both must give the same. Times are epoch milliseconds, durations seconds; null is "not known" and never zero by itself.
 */
export type Amount<F extends string = string> =
  | { field: F }
  | { constant: number }
  /** null counts as zero. */
  | { sum: readonly Amount<F>[] }
  /** The first that is known. */
  | { first: readonly Amount<F>[] }
  /** The greatest of those known. */
  | { greatest: readonly Amount<F>[] }
  /** Seconds from one time to another, never negative; null when one is not known. */
  | { from: Amount<F>; to: Amount<F> }

export type Condition<F extends string = string> =
  | { known: F }
  | { text: F; in: readonly string[] }
  | { flag: F }
  | { amount: Amount<F>; above: number }
  /** Below the threshold that the question names, by its comparison. */
  | { amount: Amount<F>; within: 'threshold' }
  | { all: readonly Condition<F>[] }
  | { any: readonly Condition<F>[] }
  | { not: Condition<F> }

/** LT: under X; LTE: X included. */
export interface Threshold {
  comparison: 'LT' | 'LTE'
  seconds: number
}

export type FieldValues<F extends string = string> = Readonly<Record<F, number | string | boolean | null>>

export function amountOf<F extends string>(amount: Amount<F>, values: FieldValues<F>): number | null {
  if ('field' in amount) return values[amount.field] as number | null
  if ('constant' in amount) return amount.constant
  if ('sum' in amount) return amount.sum.reduce((total, part) => total + (amountOf(part, values) ?? 0), 0)
  if ('first' in amount) return knownOf(amount.first, values)[0] ?? null
  if ('greatest' in amount) {
    const known = knownOf(amount.greatest, values)
    return known.length === 0 ? null : Math.max(...known)
  }
  const [from, to] = [amountOf(amount.from, values), amountOf(amount.to, values)]
  return from === null || to === null ? null : Math.max(0, (to - from) / 1000)
}

function knownOf<F extends string>(amounts: readonly Amount<F>[], values: FieldValues<F>): number[] {
  return amounts.map((amount) => amountOf(amount, values)).filter((value) => value !== null)
}

export function isTrue<F extends string>(condition: Condition<F>, values: FieldValues<F>, threshold?: Threshold): boolean {
  if ('known' in condition) return values[condition.known] !== null
  if ('text' in condition) return condition.in.includes(String(values[condition.text] ?? ''))
  if ('flag' in condition) return values[condition.flag] === true
  if ('all' in condition) return condition.all.every((part) => isTrue(part, values, threshold))
  if ('any' in condition) return condition.any.some((part) => isTrue(part, values, threshold))
  if ('not' in condition) return !isTrue(condition.not, values, threshold)
  const value = amountOf(condition.amount, values)
  if (value === null) return false
  if ('above' in condition) return value > condition.above
  if (!threshold) throw new RangeError('a threshold is needed')
  return threshold.comparison === 'LT' ? value < threshold.seconds : value <= threshold.seconds
}
