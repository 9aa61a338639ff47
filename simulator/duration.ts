const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `90s`, `30m`, `1.5h`, `-20s` in ms; undefined: not a duration. A bare number has no unit and is none. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()) ?? []
  return number === undefined || unit === undefined ? undefined : Math.round(Number(number) * (unitMs[unit] ?? Number.NaN))
}
