import { z } from 'zod'

/** One part of the process as the health page shows it. */
export interface HealthPart {
  name: string
  ok: boolean
  /** Why it is not ok, or how old it is. */
  detail?: string | undefined
  /** Whether the server is ready without it: the analytics store may be down while live data go on. */
  required: boolean
}

export const healthSchema = z.object({
  ready: z.boolean(),
  parts: z.array(z.object({ name: z.string(), ok: z.boolean(), required: z.boolean(), detail: z.string().nullable() })),
})

/** A part that has work and does not do it: whoever watches the process should start it anew. */
export interface Stall {
  lane: string
  topic: string
  partition: number
  seconds: number
}

export const liveSchema = z.object({
  live: z.boolean(),
  stalled: z.array(z.object({ lane: z.string(), topic: z.string(), partition: z.number(), seconds: z.number() })),
})

export function toHealth(parts: readonly HealthPart[]): z.infer<typeof healthSchema> {
  return {
    ready: parts.every((part) => part.ok || !part.required),
    parts: parts.map(({ name, ok, required, detail }) => ({ name, ok, required, detail: detail ?? null })),
  }
}
