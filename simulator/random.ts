/** Seeded randomness (sfc32): the same seed gives the same numbers on every machine. */
export interface Random {
  /** In [0, 1). */
  unit(): number
  /** Whole number in [low, high]. */
  whole(low: number, high: number): number
  chance(probability: number): boolean
  /** Waiting time with this mean, rounded to whole milliseconds, at least 1. */
  exponential(meanMs: number): number
  /** Around `typicalMs` with a tail to the right, kept within [0.35, 2.6] times it. */
  duration(typicalMs: number): number
  pick<T>(list: readonly T[]): T
  /** A copy in random order. */
  shuffle<T>(list: readonly T[]): T[]
  /** A version 4 UUID. */
  uuid(): string
  /** An independent stream; drawing from one never moves the other. */
  fork(label: string): Random
}

export function createRandom(seed: number | string): Random {
  let [a, b, c, counter] = [hash(`${seed}/a`), hash(`${seed}/b`), hash(`${seed}/c`), 1]
  const bits = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 12; i++) bits()
  const unit = (): number => bits() / 4_294_967_296
  const whole = (low: number, high: number): number => low + Math.floor(unit() * (high - low + 1))
  return {
    unit,
    whole,
    chance: (probability) => unit() < probability,
    exponential: (meanMs) => Math.max(1, Math.round(-Math.log(1 - unit()) * meanMs)),
    duration(typicalMs) {
      const spread = Math.exp((unit() + unit() + unit() - 1.5) * 0.9)
      return Math.round(typicalMs * Math.min(2.6, Math.max(0.35, spread)))
    },
    pick<T>(list: readonly T[]): T {
      const item = list[Math.floor(unit() * list.length)]
      if (item === undefined) throw new RangeError('nothing to pick from')
      return item
    },
    shuffle<T>(list: readonly T[]): T[] {
      return list
        .map((item) => ({ item, order: unit() }))
        .toSorted((x, y) => x.order - y.order)
        .map(({ item }) => item)
    },
    uuid() {
      const hex = [bits(), bits(), bits(), bits()].map((part) => part.toString(16).padStart(8, '0')).join('')
      const variant = '89ab'[Number.parseInt(hex.charAt(16), 16) & 3]
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
    },
    fork: (label) => createRandom(`${seed}/${label}`),
  }
}

/** FNV-1a with a final mix, so that neighbouring seeds give unrelated states. */
function hash(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
