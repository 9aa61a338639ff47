import { changeDemoSchema, changedDemoSchema, demoSchema } from '#contracts/demo'
import { CallboardError } from '#kernel/errors'
import { answers, type RouteContext, type ZodApp } from '../context.ts'
import type { DemoControl } from '../demo-control.ts'
import { invalid } from '../http/problems.ts'

const tags = ['demo']

export function addDemoRoutes(app: ZodApp, { demo }: RouteContext): void {
  const playing = (): DemoControl => {
    if (!demo) throw new CallboardError('NOT_FOUND', 'no demo plays here: this installation shows the data of its own sources')
    return demo
  }
  app.get(
    '/demo',
    {
      config: { scope: 'signedIn' },
      schema: { summary: 'What the demo plays, and what it could play', tags, response: answers({ 200: demoSchema }) },
    },
    async () => {
      const { profile, profiles, preparing, history } = playing()
      return { profile: profile().name, profiles: [...profiles], preparing: preparing(), history: history() }
    },
  )
  app.post(
    '/demo',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Play another profile: the demo begins anew with it, settings and sessions stay; connections end meanwhile',
        tags,
        body: changeDemoSchema,
        response: answers({ 202: changedDemoSchema }),
      },
    },
    async ({ body }, reply) => {
      const demo = playing()
      const wanted = demo.profiles.find(({ name }) => name === body.profile)
      if (!wanted) {
        const known = demo.profiles.map(({ name }) => name).join(', ')
        throw invalid({ path: 'profile', message: `there is no "${body.profile}", only ${known}` })
      }
      demo.change(wanted)
      return reply.code(202).send({ profile: wanted.name })
    },
  )
}
