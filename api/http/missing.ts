import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { CallboardError } from '#kernel/errors'

/** Tells an unknown address from a known one that was asked with another method. */
export interface KnownRoutes {
  missing(request: FastifyRequest): CallboardError
}

/** Must be added before the routes it is to know. */
export function collectRoutes(app: FastifyInstance): KnownRoutes {
  const known: { pattern: RegExp; methods: Set<string> }[] = []
  app.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const pattern = new RegExp(`^${url.split('/').map(toPattern).join('/')}/?$`)
    known.push({ pattern, methods: new Set([method].flat()) })
  })
  return {
    missing({ url, method }) {
      const path = url.split('?', 1)[0]!
      const methods = new Set(known.filter(({ pattern }) => pattern.test(path)).flatMap((route) => [...route.methods]))
      if (methods.size === 0) return new CallboardError('NOT_FOUND', 'there is nothing at this address')
      const allow = [...methods].sort().join(', ')
      return new CallboardError('METHOD_NOT_ALLOWED', `this address takes ${allow}, not ${method}`, { details: { allow } })
    },
  }
}

function toPattern(part: string): string {
  return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
