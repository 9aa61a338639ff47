import { z } from 'zod'
import { CallboardError, messageOf } from '#kernel/errors'
import { answers, type RouteContext, type ZodApp } from '../context.ts'

const backupSchema = z.object({
  state: z.enum(['none', 'running', 'done', 'failed']),
  folder: z.string().nullable(),
  bytes: z.number().nullable(),
  seconds: z.number().nullable(),
  problem: z.string().nullable(),
})

/** One at a time; the state of the last one stays to be asked for. It writes where the caller says, so it is for this machine only. */
export function addBackupRoutes(app: ZodApp, { backup, clock, telemetry }: RouteContext): void {
  let last: z.infer<typeof backupSchema> = { state: 'none', folder: null, bytes: null, seconds: null, problem: null }
  const run = async (folder: string, backup: (folder: string) => Promise<number>): Promise<void> => {
    const startedAt = clock.now()
    const seconds = (): number => (clock.now() - startedAt) / 1000
    last = { state: 'running', folder, bytes: null, seconds: null, problem: null }
    try {
      const bytes = await backup(folder)
      last = { ...last, state: 'done', bytes, seconds: seconds() }
      telemetry.gauge('backup_last_success_seconds', {}, Math.floor(clock.now() / 1000))
      telemetry.log('info', 'backup_done', { bytes, seconds: seconds() })
    } catch (error) {
      last = { ...last, state: 'failed', seconds: seconds(), problem: messageOf(error) }
      telemetry.count('backup_failures_total')
      telemetry.log('error', 'backup_failed', { message: messageOf(error) })
    }
  }
  app.post(
    '/backups',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Begin a backup of the data folder into a folder on the machine of the server; from that machine only',
        tags: ['operations'],
        body: z.strictObject({ folder: z.string().min(1).max(4096).startsWith('/', 'an absolute path') }),
        response: answers({ 202: backupSchema }),
      },
    },
    async ({ body, ip }, reply) => {
      if (!/^(::1|(::ffff:)?127\.)/.test(ip)) throw new CallboardError('AUTH_FORBIDDEN', 'a backup is begun on the machine of the server')
      if (!backup) throw new CallboardError('CONFLICT', 'this installation has nothing to back up: demo data are renewed at each start')
      if (last.state === 'running') throw new CallboardError('CONFLICT', `a backup into ${last.folder} is running`)
      void run(body.folder, backup)
      return reply.code(202).send(last)
    },
  )
  app.get(
    '/backups/last',
    {
      config: { scope: 'admin' },
      schema: { summary: 'How the last backup goes', tags: ['operations'], response: answers({ 200: backupSchema }) },
    },
    async () => last,
  )
}
