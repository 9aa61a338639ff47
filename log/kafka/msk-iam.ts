import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import type { OauthbearerProviderResponse } from 'kafkajs'

/** Access key, secret key and session token, from wherever the AWS SDK finds them. */
export type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials']

const LIVES_SECONDS = 900

/**
 * The token of "IAM access control" on Amazon MSK: a signed address of the action kafka-cluster:Connect, in base 64 (AWS's
 * aws-msk-iam-sasl-signer). kafkajs asks for a new one with each connection.
 */
export async function mskIamToken(region: string, credentials: Credentials, at?: Date): Promise<OauthbearerProviderResponse> {
  const hostname = `kafka.${region}.amazonaws.com`
  const signer = new SignatureV4({ credentials, region, service: 'kafka-cluster', sha256: Sha256, applyChecksum: false })
  const request = {
    method: 'GET',
    protocol: 'https:',
    hostname,
    path: '/',
    headers: { host: hostname },
    query: { Action: 'kafka-cluster:Connect' },
  }
  const { query } = await signer.presign(request, { expiresIn: LIVES_SECONDS, ...(at ? { signingDate: at } : {}) })
  const signed = new URLSearchParams({ ...(query as Record<string, string>), 'User-Agent': 'callboard' })
  return { value: Buffer.from(`https://${hostname}/?${signed.toString()}`).toString('base64url') }
}

/** What the signer needs of a hash. */
class Sha256 {
  readonly #secret: Uint8Array | undefined
  #hash: Hash | Hmac
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#secret = secret === undefined ? undefined : toBytes(secret)
    this.#hash = this.#make()
  }
  #make(): Hash | Hmac {
    return this.#secret ? createHmac('sha256', this.#secret) : createHash('sha256')
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(toBytes(data))
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
  reset(): void {
    this.#hash = this.#make()
  }
}

function toBytes(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data)
}
