import { z } from 'zod'
import { answers, type RouteContext, type ZodApp } from '../context.ts'
import { checksOf } from '../doctor/checks.ts'
import { newestDeadLetter } from '../doctor/dead-letters.ts'
import { iso } from '../present.ts'

const checkSchema = z.object({
  area: z.enum(['server', 'sources', 'streams', 'dead-letters']),
  status: z.enum(['ok', 'warning', 'failed']).describe('warning: it works, but something is missing or worth a look'),
  title: z.string(),
  detail: z.string(),
  advice: z.string().nullable().describe('What to do'),
})

export function addDoctorRoute(app: ZodApp, { version, demo }: { version: string; demo: boolean }, context: RouteContext): void {
  const { clock, log, diagnosis } = context
  app.get(
    '/doctor',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'What is well and what is not: parts, sources, streams, dead letters, each with what to do',
        tags: ['health'],
        response: answers({ 200: z.object({ asOf: z.iso.datetime(), version: z.string(), checks: z.array(checkSchema) }) }),
      },
    },
    async () => {
      const now = clock.now()
      return { asOf: iso(now), version, checks: checksOf({ ...diagnosis(), now, demo, deadLetters: await newestDeadLetter(log) }) }
    },
  )
}
