import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { z } from 'zod'

/** Settings that every source at AWS has. */
export const awsAccess = {
  region: z
    .string()
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'an AWS Region, such as eu-central-1')
    .describe('AWS Region'),
  endpoint: z.url().optional().describe('For VPC endpoints and test servers'),
  roleArn: z
    .string()
    .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, 'the ARN of an IAM role')
    .optional()
    .describe('Role to assume first, for a stream or instance in another account'),
  externalId: z.string().min(2).max(1224).optional().describe('External id that the trust policy of that role asks for'),
}

export interface AwsAccess {
  region: string
  endpoint?: string | undefined
  roleArn?: string | undefined
  externalId?: string | undefined
}

const CONNECT_TIMEOUT_MS = 5_000
const REQUEST_TIMEOUT_MS = 30_000
const SESSION_NAME = 'callboard'

/**
 * What every AWS client is made with. Credentials come from where the SDK looks for them, then through the role where one is named.
 * Requests go by HTTP/1.1: the HTTP/2 default of the Kinesis client fails against plain addresses, and polling gains nothing from it.
 * Retries are the sources' own (they keep their place and show it), so the client tries twice only, for a connection that broke.
 */
export function clientOptions({ region, endpoint, roleArn, externalId }: AwsAccess, requestTimeoutMs = REQUEST_TIMEOUT_MS) {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(roleArn === undefined
      ? {}
      : {
          credentials: fromTemporaryCredentials({
            params: { RoleArn: roleArn, RoleSessionName: SESSION_NAME, ...(externalId === undefined ? {} : { ExternalId: externalId }) },
            clientConfig: { region },
          }),
        }),
    maxAttempts: 2,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(CONNECT_TIMEOUT_MS, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      // Without it the handler only warns.
      throwOnRequestTimeout: true,
    }),
  }
}

/** For answers that go on for minutes: HTTP/2, as Amazon wants it, each with a connection of its own. A plain address speaks HTTP/1.1. */
export function streamingHandler({ endpoint }: AwsAccess): NodeHttp2Handler | NodeHttpHandler {
  if (endpoint?.startsWith('http:'))
    return new NodeHttpHandler({ connectionTimeout: CONNECT_TIMEOUT_MS, httpAgent: { maxSockets: Infinity } })
  return new NodeHttp2Handler({ disableConcurrentStreams: true, requestTimeout: REQUEST_TIMEOUT_MS })
}
