import { describe, expect, it } from 'vitest'
import { readConfig } from '../../../config.ts'
import { assumedRoles, policyOf } from '../../../policy.ts'
import { reportText } from '#cli/doctor/report'
import { setupLines } from '#cli/doctor/setup'

const instanceArn = 'arn:aws:connect:eu-west-1:123456789012:instance/0f9a7d2e-5d3b-4a5e-9d0a-1b2c3d4e5f60'

describe('callboard doctor --setup', () => {
  it('ends with a setting that Callboard reads', () => {
    const lines = setupLines({ instanceArn, prefix: 'acme' }).split('\n')
    const setting = /^export CALLBOARD_SOURCES='(.*)'$/.exec(lines.at(-1)!)![1]!
    const { SOURCES } = readConfig({ CALLBOARD_SOURCES: setting })
    // What is read is what was made.
    const made = lines.filter((line) => line.includes('create-stream')).map((line) => /--stream-name (\S+)/.exec(line)![1])
    expect(SOURCES.map((s) => 'streamArn' in s && s.streamArn?.split('/')[1])).toEqual(made)
    expect(policyOf({ SOURCES })).toMatchObject({ Statement: [{}, {}, {}, {}] })
  })

  it('names the flag that cannot be used', () => {
    expect(() => setupLines({ instanceArn: 'arn:aws:connect:eu-west-1:1:instance/x', prefix: 'acme' })).toThrow('--instance-arn')
    expect(() => setupLines({ instanceArn, prefix: "a'; rm" })).toThrow('--prefix')
  })
})

describe('the IAM policy', () => {
  const role = 'arn:aws:iam::210987654321:role/reader'
  const { SOURCES } = readConfig({
    CALLBOARD_SOURCES: JSON.stringify([
      { type: 'kinesis', name: 'own', stream: 'events', region: 'eu-west-1' },
      { type: 'kinesis', name: 'same', stream: 'events', region: 'eu-west-1' },
      { type: 'kinesis', name: 'other', streamArn: 'arn:aws:kinesis:eu-west-1:210987654321:stream/x', region: 'eu-west-1', roleArn: role },
    ]),
  })

  it('asks for a thing once, and for the right to assume a role', () => {
    expect(policyOf({ SOURCES })).toMatchObject({
      Statement: [
        { Effect: 'Allow', Resource: 'arn:aws:kinesis:eu-west-1:*:stream/events' },
        { Action: ['sts:AssumeRole'], Resource: role },
      ],
    })
    expect((policyOf({ SOURCES }) as { Statement: unknown[] }).Statement).toHaveLength(2)
  })

  it('gives a role that is assumed its own', () => {
    expect(assumedRoles({ SOURCES })).toEqual([role])
    expect(policyOf({ SOURCES }, role)).toMatchObject({ Statement: [{ Resource: 'arn:aws:kinesis:eu-west-1:210987654321:stream/x' }] })
    expect(policyOf({ SOURCES }, 'arn:aws:iam::1:role/unknown')).toBeUndefined()
  })
})

it('says in words what is well and what is not, with what to do below', () => {
  const text = reportText([
    { area: 'server', status: 'ok', title: 'api', detail: 'well', advice: null },
    { area: 'sources', status: 'failed', title: 'connect (kinesis)', detail: 'AccessDenied', advice: 'give the role the permissions' },
  ])
  expect(text).toBe(
    [
      'Server',
      '  ok      api  well',
      '',
      'Sources',
      '  FAILED  connect (kinesis)  AccessDenied',
      `          ${' '.repeat(17)}→ give the role the permissions`,
      '',
      '1 failed, 0 worth a look',
    ].join('\n'),
  )
})
