import { expect } from 'vitest'
import { kindsByPath, type KindPath } from '#events/envelope'
import { createDemo, type DemoEvent } from '#simulator/demo'
import type { TestServer } from './server.ts'

const pathOf = Object.fromEntries(Object.entries(kindsByPath).map(([path, kind]) => [kind, path])) as Record<DemoEvent['kind'], KindPath>

export interface EventsRequest {
  path: KindPath
  lines: string[]
}

/** Some minutes of a contact centre that begin at `startAt`, as requests of neighbouring events of one kind. */
export function requestsFrom(startAt: number, minutes: number): EventsRequest[] {
  const demo = createDemo({ seed: 11, startAt, storyAt: startAt + 30_000 })
  const found: EventsRequest[] = []
  for (let event = demo.next(); event.at < startAt + minutes * 60_000; event = demo.next()) {
    const path = pathOf[event.kind]
    const open = found.at(-1)
    if (open?.path === path && open.lines.length < 40) open.lines.push(JSON.stringify(event.payload))
    else found.push({ path, lines: [JSON.stringify(event.payload)] })
  }
  return found
}

export async function sendRequest(server: TestServer, request: EventsRequest): Promise<void> {
  const { status, body } = await server.call<{ accepted: number; duplicate: number; deadLettered: number }>(
    'POST',
    `/api/v1/events/${request.path}`,
    request.lines.join('\n'),
    'application/x-ndjson',
  )
  if (status !== 202) throw new Error(`answered ${status}`)
  expect(body.accepted + body.duplicate).toBe(request.lines.length)
}
