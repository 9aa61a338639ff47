#!/usr/bin/env node
// PREVIEW SERVER, FOR DEVELOPMENT OF THE PAGES ONLY. It serves dist/dashboard and speaks contracts/live.ts and a little REST with made-up,
// moving data. It is not Callboard: no log, no folds, no security. Environment: PREVIEW_PORT 8099, PREVIEW_QUEUES 8, PREVIEW_AGENTS 48,
// PREVIEW_PREPARING_SECONDS 0, PREVIEW_LONG=1 for clocks of hours.
// POST /preview/mute?on=1|0 stops all frames; POST /preview/burst fills a queue; POST /preview/silence?source=NAME lets a source age.
import { randomUUID } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { Server } from 'socket.io'
import { agentRow, alertRow, contactRow, metricValues, queueRow, turnRow } from './preview-rows.mjs'
import { createWorld } from './preview-world.mjs'

const port = Number(process.env.PREVIEW_PORT ?? 8099)
const root = join(import.meta.dirname, '../../dist/dashboard')
const world = createWorld({ queueCount: Number(process.env.PREVIEW_QUEUES ?? 8), agentCount: Number(process.env.PREVIEW_AGENTS ?? 48) })
const epoch = randomUUID()
const session = {
  user: 'preview',
  scopes: ['admin'],
  demo: process.env.PREVIEW_DEMO !== '0',
  version: '0.1.0',
  timeZone: 'Europe/Lisbon',
  businessDayStart: '00:00',
  connectUrl: 'https://example.my.connect.aws/contact-trace-records/details/{contactId}',
}
const profile = 'omnichannel'
const profiles = [
  { name: profile, title: 'Voice and chat centre', description: 'Calls and chats with live transcripts and alerts' },
  { name: 'vdi', title: 'Virtual desktops', description: 'Agents on virtual desktops' },
]
const silent = new Map()
const startedAt = Date.now()
const preparingMs = Number(process.env.PREVIEW_PREPARING_SECONDS ?? 0) * 1000
let muted = false

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }
// As strict as the real server's: no inline styles.
const csp = "default-src 'self'; connect-src 'self' ws: wss:"
function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'content-type': status >= 400 ? 'application/problem+json' : 'application/json', ...headers })
  response.end(JSON.stringify(body))
}
const problem = (response, status, code, detail, errors) =>
  json(response, status, { type: 'about:blank', title: code, status, code, detail, errors })

function turnsOf(contactId) {
  const contact = world.contacts.get(contactId)
  return contact ? (world.turns.get(contactId) ?? []).map((t) => turnRow(contact, t)) : []
}
function search(q) {
  const words = q
    .toLowerCase()
    .replaceAll('"', '')
    .split(/\s+/)
    .filter((w) => !w.includes(':'))
  const hits = []
  for (const c of world.contacts.values()) {
    for (const t of turnsOf(c.id)) {
      const lower = t.text.toLowerCase()
      if (t.partial || !words.every((w) => lower.includes(w))) continue
      const highlights = words.map((w) => [lower.indexOf(w), lower.indexOf(w) + w.length])
      hits.push({
        contactId: c.id,
        segmentId: t.segmentId,
        time: t.time,
        offsetMs: t.offsetMs,
        participantRole: t.participantRole,
        text: t.text,
        highlights,
        sentiment: t.sentiment,
        contact: contactRow(c),
      })
    }
  }
  return hits.slice(0, 50)
}

function rest(request, response, url) {
  const signedIn = (request.headers.cookie ?? '').includes('callboard_session=')
  const path = url.pathname.replace('/api/v1', '')
  if (path === '/session' && request.method === 'POST')
    return json(response, 200, session, { 'set-cookie': 'callboard_session=preview; Path=/; HttpOnly; SameSite=Strict' })
  if (!signedIn) return problem(response, 401, 'AUTH_REQUIRED', 'Sign in first.')
  if (path === '/session') return json(response, 200, session)
  if (path === '/demo' && request.method === 'GET') return json(response, 200, { profile, profiles, preparing: false, history: 'done' })
  if (path === '/demo') return problem(response, 409, 'CONFLICT', 'The preview plays one profile only.')
  if (path === '/transcripts') {
    const q = url.searchParams.get('q') ?? ''
    const quotes = q.split('"').length - 1
    if (quotes % 2 === 1)
      return problem(
        response,
        400,
        'QUERY_INVALID',
        `The search has a quotation mark that is not closed (at character ${q.lastIndexOf('"') + 1}).`,
        [{ path: 'query.q', message: 'Close the phrase with a second quotation mark.' }],
      )
    return setTimeout(() => json(response, 200, { items: search(q), nextCursor: null }), 200)
  }
  const [, contactId, part] = /^\/contacts\/([^/]+)(\/transcript)?$/.exec(path) ?? []
  const contact = world.contacts.get(contactId)
  if (!contact) return problem(response, 404, 'NOT_FOUND', 'No such contact.')
  return json(response, 200, part ? { turns: turnsOf(contactId) } : contactRow(contact))
}

function preview(response, url) {
  if (url.pathname.endsWith('/mute')) muted = url.searchParams.get('on') === '1'
  if (url.pathname.endsWith('/silence'))
    silent.set(url.searchParams.get('source'), Date.now() - Number(url.searchParams.get('age') ?? 0) * 1000)
  if (url.pathname.endsWith('/burst'))
    for (const a of world.agents)
      if (a.state === 'available')
        Object.assign(a, { state: 'nonProductive', status: 'Meeting', since: Date.now(), until: Date.now() + 60_000 })
  json(response, 200, { ok: true })
}

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://preview')
  if (url.pathname.startsWith('/preview/')) return preview(response, url)
  if (url.pathname.startsWith('/api/')) return rest(request, response, url)
  const wanted = join(root, normalize(url.pathname))
  const file = extname(wanted) && existsSync(wanted) ? wanted : join(root, 'index.html')
  response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': csp })
  return createReadStream(file).pipe(response)
})

const byId = (rows) => Object.fromEntries(rows.map((row) => [row.segmentId ?? row.id, row]))
function rowsFor(query, now) {
  if (query.metrics) return { total: { dimensions: {}, values: metricValues(world, now) } }
  const only = query.filters?.find((f) => f.key === 'CONTACT')?.values
  const active = query.filters?.some((f) => f.key === 'STATE')
  switch (query.rows) {
    case 'agents':
      return byId(world.agents.map(agentRow))
    case 'queues':
      return byId(world.queues.map((q) => queueRow(world, q, now)))
    case 'alerts':
      return byId([...world.alerts.values()].filter((a) => !only || only.includes(a.contact.id)).map(alertRow))
    case 'turns':
      return byId((only ?? []).flatMap(turnsOf))
    default:
      return byId([...world.contacts.values()].filter((c) => (only ? only.includes(c.id) : !active || c.state !== 'ended')).map(contactRow))
  }
}

const live = new Server(server, { serveClient: false }).of('/live')
live.use((socket, next) =>
  next(
    (socket.handshake.headers.cookie ?? '').includes('callboard_session=')
      ? undefined
      : Object.assign(new Error('unauthorized'), { data: { code: 'AUTH_REQUIRED' } }),
  ),
)
live.on('connection', (socket) => {
  const subscriptions = new Map()
  socket.on('subscribe', ({ query }, answer) => {
    const rows = rowsFor(query, Date.now())
    const subscription = randomUUID()
    subscriptions.set(subscription, { query, seq: 0, texts: new Map(Object.entries(rows).map(([key, row]) => [key, JSON.stringify(row)])) })
    answer({ subscription, epoch, seq: 0, snapshot: { rows, asOf: new Date().toISOString() } })
  })
  socket.on('unsubscribe', ({ subscription }) => subscriptions.delete(subscription))
  socket.data.flush = () => {
    for (const [subscription, s] of subscriptions) {
      const rows = rowsFor(s.query, Date.now())
      const set = Object.fromEntries(Object.entries(rows).filter(([key, row]) => s.texts.get(key) !== JSON.stringify(row)))
      const del = [...s.texts.keys()].filter((key) => !(key in rows))
      if (Object.keys(set).length + del.length === 0) continue
      for (const [key, row] of Object.entries(set)) s.texts.set(key, JSON.stringify(row))
      for (const key of del) s.texts.delete(key)
      s.seq += 1
      socket.emit('delta', { subscription, epoch, seq: s.seq, set, del, asOf: new Date().toISOString() })
    }
  }
})

const age = (name, fresh) => (silent.has(name) ? Math.round((Date.now() - silent.get(name)) / 1000) : fresh)
setInterval(() => {
  world.step(Date.now())
  if (muted) return
  for (const socket of live.sockets.values()) socket.data.flush()
  for (const alert of world.events.splice(0)) live.emit('alert', alertRow(alert))
}, 250)
setInterval(() => {
  if (muted) return
  const sources = [
    ['agent-events', 1],
    ['contact-events', 1],
    ['contact-records', 38],
    ['contact-lens', 2],
  ].map(([name, fresh]) => {
    const ageSeconds = age(name, fresh)
    return { name, ageSeconds, watermark: new Date(Date.now() - ageSeconds * 1000).toISOString() }
  })
  const preparing = Date.now() - startedAt < preparingMs
  const demo = session.demo ? { profile: profiles.find(({ name }) => name === profile), history: 'done' } : {}
  live.emit('status', { now: new Date().toISOString(), demo: session.demo, sources, ...demo, ...(preparing ? { preparing } : {}) })
}, 1000)

server.listen(port, '127.0.0.1', () => console.log(`preview (made-up data, development only): http://127.0.0.1:${port}/#code=preview`))
