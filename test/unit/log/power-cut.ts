/** One thing the recorded process did to a file, in order (see write-recorder.c). */
export type Step =
  | { what: 'write'; path: string; offset: number; data: Buffer; isDurable: boolean }
  | { what: 'sync-begin' | 'sync-end'; path: string }
  | { what: 'ack'; line: string }

const SECTOR = 512

/** The journal of write-recorder.c; a last entry cut short is left out. */
export function parseJournal(bytes: Buffer): Step[] {
  const steps: Step[] = []
  for (let at = 0; at + 24 <= bytes.length;) {
    const [type, pathLength, dataLength, durable] = [0, 4, 8, 12].map((field) => bytes.readUInt32LE(at + field)) as [
      number,
      number,
      number,
      number,
    ]
    const offset = Number(bytes.readBigUInt64LE(at + 16))
    const dataAt = at + 24 + pathLength
    if (dataAt + dataLength > bytes.length) break
    // An environment is made under another name and renamed: to us it is one file.
    const path = bytes.toString('utf8', at + 24, dataAt).replace('.new/', '/')
    const data = bytes.subarray(dataAt, dataAt + dataLength)
    if (type === 1) steps.push({ what: 'write', path, offset, data, isDurable: durable === 1 })
    else if (type === 4) steps.push({ what: 'ack', line: data.toString().trimEnd() })
    else steps.push({ what: type === 2 ? 'sync-begin' : 'sync-end', path })
    at = dataAt + dataLength
  }
  return steps
}

/**
 * What may be on the disk when the power goes after step `cut`: all that was synced, and of what was not, each sector or not, as
 * `random` says. Returns the files' bytes and the acknowledgements given until then.
 */
export function imageAfterPowerCut(
  steps: readonly Step[],
  cut: number,
  random: () => number,
): { files: Map<string, Buffer>; acks: string[] } {
  const syncedUpTo = new Map<string, number>()
  const began = new Map<string, number>()
  for (let i = 0; i < cut; i++) {
    const step = steps[i]!
    if (step.what === 'sync-begin') began.set(step.path, i)
    else if (step.what === 'sync-end') syncedUpTo.set(step.path, began.get(step.path)!)
  }
  const sizes = new Map<string, number>()
  const whole = new Map<string, Buffer>()
  const acks: string[] = []
  for (let i = 0; i < cut; i++) {
    const step = steps[i]!
    if (step.what === 'ack') acks.push(step.line)
    if (step.what !== 'write') continue
    const isSafe = step.isDurable || i < (syncedUpTo.get(step.path) ?? -1)
    let file = whole.get(step.path)
    if (!file) whole.set(step.path, (file = Buffer.alloc(lengthOf(steps, step.path))))
    for (let at = 0; at < step.data.length; at += SECTOR) {
      if (!isSafe && random() < 0.5) continue
      const part = step.data.subarray(at, at + SECTOR)
      const end = step.offset + at + part.length
      sizes.set(step.path, Math.max(sizes.get(step.path) ?? 0, end))
      part.copy(file, step.offset + at)
    }
  }
  return { files: new Map([...whole].map(([path, file]) => [path, file.subarray(0, sizes.get(path) ?? 0)])), acks }
}

function lengthOf(steps: readonly Step[], path: string): number {
  return steps.reduce(
    (most, step) => (step.what === 'write' && step.path === path ? Math.max(most, step.offset + step.data.length) : most),
    0,
  )
}
