import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** `cb_` + id (12 hex) + 256 random bits (43 base64url) + checksum (8 hex), so that a typing error is told from a wrong key, and scanners know one. */
const FORMAT = /^(cb_([0-9a-f]{12})[A-Za-z0-9_-]{43})([0-9a-f]{8})$/

export interface NewKey {
  id: string
  /** The whole key: shown once, never kept. */
  key: string
  /** SHA-256 of the whole key, hex: what is kept. */
  hash: string
}

export function createKey(): NewKey {
  const id = randomBytes(6).toString('hex')
  const body = `cb_${id}${randomBytes(32).toString('base64url')}`
  const key = body + checksumOf(body)
  return { id, key, hash: hashOf(key) }
}

/** Id of a well-formed key; undefined for anything else. Says nothing about validity. */
export function keyIdOf(key: string): string | undefined {
  const match = FORMAT.exec(key)
  return match && checksumOf(match[1]!) === match[3] ? match[2] : undefined
}

export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Compares in time that does not depend on where the two differ. */
export function isSameHash(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')]
  return x.length === y.length && timingSafeEqual(x, y)
}

function checksumOf(body: string): string {
  return hashOf(body).slice(0, 8)
}
