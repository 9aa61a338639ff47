import { describe, expect, it } from 'vitest'
import { awsFaultOf, awsFaultText } from '#ingest/aws/faults'

const named = (name: string, facts: Record<string, unknown> = {}, message = 'said Amazon'): Error =>
  Object.assign(new Error(message), { name, ...facts })

describe('the class of an error of AWS', () => {
  it.each([
    ['ProvisionedThroughputExceededException', 'throttled'],
    ['ThrottlingException', 'throttled'],
    ['TooManyRequestsException', 'throttled'],
    ['SlowDown', 'throttled'],
    ['AccessDeniedException', 'access-denied'],
    ['AccessDenied', 'access-denied'],
    ['ExpiredTokenException', 'credentials'],
    ['UnrecognizedClientException', 'credentials'],
    ['CredentialsProviderError', 'credentials'],
    ['SignatureDoesNotMatch', 'credentials'],
    ['RequestTimeTooSkewed', 'clock-skew'],
    ['ResourceNotFoundException', 'not-found'],
    ['QueueDoesNotExist', 'not-found'],
    ['NoSuchBucket', 'not-found'],
    ['TimeoutError', 'unreachable'],
    ['InternalFailure', 'service'],
    ['ServiceUnavailable', 'service'],
    ['SomethingNew', 'other'],
  ] as const)('%s is %s', (name, fault) => {
    expect(awsFaultOf(named(name))).toBe(fault)
  })

  it('tells a wrong clock from a wrong key by the text, since both have one name', () => {
    expect(awsFaultOf(named('InvalidSignatureException', {}, 'Signature expired: 20261125T000000Z is now earlier than …'))).toBe(
      'clock-skew',
    )
    expect(awsFaultOf(named('InvalidSignatureException', {}, 'The request signature we calculated does not match'))).toBe('credentials')
  })

  it('looks into causes and codes of the network', () => {
    expect(awsFaultOf(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toBe('unreachable')
    expect(awsFaultOf(new Error('failed', { cause: Object.assign(new Error(''), { code: 'ENOTFOUND' }) }))).toBe('unreachable')
  })

  it('goes by the status where the name says nothing', () => {
    expect(awsFaultOf(named('UnknownError', { $metadata: { httpStatusCode: 503 } }))).toBe('service')
    expect(awsFaultOf(named('UnknownError', { $metadata: { httpStatusCode: 429 } }))).toBe('throttled')
  })

  it('says what was said, and what helps', () => {
    expect(awsFaultText(named('ExpiredTokenException', {}, 'The security token has expired'))).toBe(
      'ExpiredTokenException: The security token has expired (the AWS credentials are missing, wrong or expired)',
    )
    expect(awsFaultText(Object.assign(new Error(''), { code: 'ECONNREFUSED' }))).toContain('ECONNREFUSED (the address does not answer')
  })
})
