/** A place in a line; given up with `Line.leave`. */
export interface Place<T> {
  readonly item: T
  before: Place<T> | undefined
  after: Place<T> | undefined
  isHeld: boolean
}

/** A waiting line: joining, leaving from anywhere and looking at the head cost the same however long it is. */
export interface Line<T> {
  readonly length: number
  first(): T | undefined
  /** Takes the last place. */
  join(item: T): Place<T>
  /** Takes a place in front of everybody for whom `isAfter` holds; looked for from the head. */
  joinBefore(item: T, isAfter: (other: T) => boolean): Place<T>
  /** Leaving twice is the same as leaving once. */
  leave(place: Place<T>): void
  /** Counts from 1 at the head; walks the line. */
  positionOf(place: Place<T>): number
  [Symbol.iterator](): Iterator<T>
}

export function createLine<T>(): Line<T> {
  let head: Place<T> | undefined
  let tail: Place<T> | undefined
  let length = 0
  const insert = (item: T, after: Place<T> | undefined): Place<T> => {
    const before = after ? after.before : tail
    const place: Place<T> = { item, before, after, isHeld: true }
    if (before) before.after = place
    else head = place
    if (after) after.before = place
    else tail = place
    length++
    return place
  }
  return {
    get length() {
      return length
    },
    first: () => head?.item,
    join: (item) => insert(item, undefined),
    joinBefore(item, isAfter) {
      let place = head
      while (place && !isAfter(place.item)) place = place.after
      return insert(item, place)
    },
    leave(place) {
      if (!place.isHeld) return
      place.isHeld = false
      if (place.before) place.before.after = place.after
      else head = place.after
      if (place.after) place.after.before = place.before
      else tail = place.before
      // Whoever keeps an old place must not keep everybody who came later.
      place.before = undefined
      place.after = undefined
      length--
    },
    positionOf(place) {
      let position = 1
      for (let other = place.before; other; other = other.before) position++
      return position
    },
    *[Symbol.iterator]() {
      for (let place = head; place; place = place.after) yield place.item
    },
  }
}
