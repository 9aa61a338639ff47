import { existsSync, readdirSync, statSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

/** Answers what is not the API: files of the dashboard, its first page for every address of its own. */
export interface Pages {
  /** False when the request is not for a page; then the caller answers 404. */
  serve(request: FastifyRequest, reply: FastifyReply): boolean
}

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Callboard</title>
<h1>The dashboard has not been built</h1>
<p>The server works. Run <code>npm run build</code> and start it again, or read <a href="/openapi.json">the description of the API</a>.</p></html>
`
const HASHED = /^assets\/.*-[\w-]{8,}\.\w+$/
const NOT_PAGES = /^\/(api|health|openapi\.json|socket\.io)(\/|$)/

/** Files are listed once, at start: nothing outside the list is ever opened, whatever the address says. */
export async function createPages(app: FastifyInstance, config: { dashboardDir: string | null }): Promise<Pages> {
  const { dashboardDir } = config
  const built = dashboardDir !== null && existsSync(join(dashboardDir, 'index.html'))
  const files = built ? listFiles(dashboardDir) : new Set<string>()
  if (built) await app.register(fastifyStatic, { root: dashboardDir, serve: false, cacheControl: false })

  return {
    serve(request, reply) {
      const path = pathOf(request.url)
      if ((request.method !== 'GET' && request.method !== 'HEAD') || path === undefined || NOT_PAGES.test(path)) return false
      if (!built) {
        if (path !== '/') return false
        void reply.header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(NOT_BUILT)
        return true
      }
      const file = path.slice(1)
      if (files.has(file)) {
        void reply.header('cache-control', HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache').sendFile(file)
        return true
      }
      // A missing script answered with a page of HTML would hide the fault.
      if (/\.\w+$/.test(file)) return false
      void reply.header('cache-control', 'no-cache').sendFile('index.html')
      return true
    },
  }
}

function listFiles(root: string): Set<string> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((name) => join(root, name))
  return new Set(paths.filter((path) => statSync(path).isFile()).map((path) => relative(root, path).split(sep).join('/')))
}

function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?', 1)[0]!)
  } catch {
    return undefined
  }
}
