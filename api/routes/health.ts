import { z } from 'zod'
import type { ZodApp } from '../context.ts'
import { healthSchema, toHealth, type HealthPart } from '../health.ts'

/** For whoever watches the process: live = it answers; ready = it can do its work now. */
export function addHealthRoutes(app: ZodApp, parts: () => readonly HealthPart[]): void {
  app.get(
    '/health/live',
    {
      config: { scope: 'public' },
      schema: { summary: 'The process answers', tags: ['health'], response: { 200: z.object({ live: z.literal(true) }) } },
    },
    async () => ({ live: true as const }),
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
