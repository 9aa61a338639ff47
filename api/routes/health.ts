import type { ZodApp } from '../context.ts'
import { healthSchema, liveSchema, toHealth, type HealthPart, type Stall } from '../health.ts'

export interface HealthDeps {
  parts: () => readonly HealthPart[]
  stalls: () => readonly Stall[]
}

/** For whoever watches the process. Not live: it should be started anew. Not ready: it should get no requests now. */
export function addHealthRoutes(app: ZodApp, { parts, stalls }: HealthDeps): void {
  app.get(
    '/health/live',
    {
      config: { scope: 'public' },
      schema: {
        summary: 'The process answers, and every lane that has input moves',
        tags: ['health'],
        response: { 200: liveSchema, 503: liveSchema },
      },
    },
    async (_request, reply) => {
      const stalled = [...stalls()]
      return reply.code(stalled.length === 0 ? 200 : 503).send({ live: stalled.length === 0, stalled })
    },
  )
  app.get(
    '/health/ready',
    {
      config: { scope: 'public' },
      schema: {
        summary: 'The server can do its work, or which part keeps it from that',
        tags: ['health'],
        response: { 200: healthSchema, 503: healthSchema },
      },
    },
    async (_request, reply) => {
      const health = toHealth(parts())
      return reply.code(health.ready ? 200 : 503).send(health)
    },
  )
}
