import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Webhook as Signer } from 'standardwebhooks'
import type { DeliveryRow } from '#contracts/deliveries'
import type { Webhook } from '#contracts/settings'
import { messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import { resolveTarget } from '#kernel/node/webhook-target'

export interface SendResult {
  /** HTTP status; null when there was none. */
  status: number | null
  error: string | null
  /** From a 429 or 503 with Retry-After, seconds. */
  retryAfterSeconds: number | null
}

const TOTAL_MS = 15_000
const CONNECT_MS = 5_000
const MOST_ANSWER_BYTES = 4096

/** Sends one delivery once. Signed per Standard Webhooks over the bytes as sent; no redirect is followed. Never rejects. */
export async function sendDelivery(delivery: DeliveryRow, webhook: Webhook, now: number, allow: readonly string[]): Promise<SendResult> {
  const target = await resolveTarget(webhook.url, allow)
  if (!target.ok) return { status: null, error: `refused: ${target.reason}`, retryAfterSeconds: null }
  const { url, address, family } = target
  const at = new Date(now)
  const body = Buffer.from(delivery.body)
  const headers = {
    'content-type': 'application/json',
    'content-length': String(body.length),
    'user-agent': 'Callboard-Webhooks',
    'webhook-id': delivery.id,
    'webhook-timestamp': String(Math.floor(now / 1000)),
    'webhook-signature': new Signer(webhook.secret).sign(delivery.id, at, delivery.body),
  }
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  const pinned = (
    _host: string,
    options: { all?: boolean },
    done: (error: null, address: string | object[], family?: number) => void,
  ): void => {
    if (options.all === true) done(null, [{ address, family }])
    else done(null, address, family)
  }
  return new Promise((resolve) => {
    const fail = (error: unknown): void => resolve({ status: null, error: messageOf(error), retryAfterSeconds: null })
    const signal = AbortSignal.timeout(TOTAL_MS)
    const req = request(url, { method: 'POST', headers, lookup: pinned as never, agent: false, signal, timeout: CONNECT_MS }, (res) => {
      failpoint('CP16')
      let received = 0
      const status = res.statusCode ?? null
      const done = (): void => {
        const ok = status !== null && status >= 200 && status < 300
        resolve({ status, error: ok ? null : `answered ${status}`, retryAfterSeconds: retryAfterOf(res.headers['retry-after'], status) })
        req.destroy()
      }
      res.on('data', (chunk: Buffer) => {
        received += chunk.length
        if (received > MOST_ANSWER_BYTES) done()
      })
      res.on('end', done)
      res.on('error', fail)
    })
    // The socket's timeout bounds the connect; the signal bounds the whole.
    req.on('timeout', () => req.destroy(new Error('connect timed out')))
    req.on('socket', (socket) => socket.once('connect', () => req.setTimeout(0)))
    req.on('error', fail)
    req.end(body)
  })
}

function retryAfterOf(value: string | undefined, status: number | null): number | null {
  if (value === undefined || (status !== 429 && status !== 503)) return null
  const seconds = Number(value)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds, 86_400) : null
}
