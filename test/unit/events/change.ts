import type { Json, JsonObject } from '#kernel/json'

type Path = readonly (string | number)[]

/** A copy of `payload` with `value` at `path`; objects on the way are made. */
export function withValue(payload: JsonObject, path: Path, value: Json): JsonObject {
  return change(payload, path, (holder, last) => Reflect.set(holder, last, value))
}

/** A copy of `payload` that lacks what is at `path`. */
export function without(payload: JsonObject, path: Path): JsonObject {
  return change(payload, path, (holder, last) => Reflect.deleteProperty(holder, last))
}

function change(payload: JsonObject, path: Path, apply: (holder: object, last: string | number) => void): JsonObject {
  const copy = structuredClone(payload)
  let holder: object = copy
  for (const part of path.slice(0, -1)) {
    const next: unknown = Reflect.get(holder, part)
    const child = typeof next === 'object' && next !== null ? next : {}
    Reflect.set(holder, part, child)
    holder = child
  }
  const last = path.at(-1)
  if (last !== undefined) apply(holder, last)
  return copy
}
