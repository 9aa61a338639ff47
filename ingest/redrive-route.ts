import type { FastifyPluginAsync } from 'fastify'
import { z } from 'zod'
import { redriveOutcomes, type Redriver } from './redrive.ts'

const MAX_AT_ONCE = 1000

const bodySchema = z.strictObject({
  ids: z
    .array(z.string().regex(/^\d{1,5}-\d{1,15}$/, 'partition-offset'))
    .min(1)
    .max(MAX_AT_ONCE)
    .optional()
    .describe('Only these letters'),
  reason: z.string().max(64).optional(),
  source: z.string().max(256).optional(),
  limit: z.int().min(1).max(MAX_AT_ONCE).default(MAX_AT_ONCE).describe('Letters judged in this call; `next` leads on'),
  ratePerSecond: z.int().min(1).max(1000).default(100).describe('Letters taken in per second at most, over all calls'),
  dryRun: z.boolean().default(false).describe('Say what would become of each letter, change nothing'),
  from: z.array(z.int().min(0)).max(256).optional().describe('`next` of the call before'),
})

const answerSchema = z.object({
  counts: z.record(z.enum(redriveOutcomes), z.number()),
  items: z.array(z.object({ id: z.string(), outcome: z.enum(redriveOutcomes), reason: z.string() })),
  next: z.array(z.number()).nullable().describe('To be sent as `from`; null: all letters were judged'),
})

/** `POST /dead-letters/redrive`: lies here and not in the API because only ingest may put events into the log. */
export function createRedriveRoute(deps: { redriver: Redriver }): FastifyPluginAsync {
  return async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'string', bodyLimit: 256 * 1024 },
      scope.getDefaultJsonParser('error', 'error'),
    )
    scope.post(
      '/dead-letters/redrive',
      {
        config: { scope: 'manage' },
        schema: {
          summary: 'Take dead letters in again; a letter that was taken in is left alone the next time',
          tags: ['dead letters'],
          body: bodySchema,
          response: { 200: answerSchema },
        },
      },
      async (request) => {
        const { items, next } = await deps.redriver.run(request.body as z.infer<typeof bodySchema>)
        const counts = Object.fromEntries(redriveOutcomes.map((outcome) => [outcome, items.filter((i) => i.outcome === outcome).length]))
        return { counts, items, next }
      },
    )
  }
}
