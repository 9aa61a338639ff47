import { describe, expect, it } from 'vitest'
import { idOfArn, instanceIdOf, toQueueRef } from '#events/arn'

const instance = 'arn:aws:connect:us-east-1:111122223333:instance/i-1'

describe('ids of ARNs', () => {
  it.each([
    [`${instance}/agent/u-1`, 'u-1', 'i-1'],
    [instance, 'i-1', 'i-1'],
    [`${instance}/contact/c-1`, 'c-1', 'i-1'],
    ['arn:aws::connect:us-west-2:1:instance/i-2/queue/q', 'q', 'i-2'],
    ['arn', 'arn', 'arn'],
    ['arn:aws:...', 'arn:aws:...', 'arn:aws:...'],
    ['bare-id', 'bare-id', 'bare-id'],
    ['ends/', 'ends/', 'ends/'],
  ])('of %s are %s and %s', (arn, id, instanceId) => {
    expect([idOfArn(arn), instanceIdOf(arn)]).toEqual([id, instanceId])
  })

  it('keep an agent queue apart from its agent', () => {
    expect(toQueueRef(`${instance}/queue/agent/u-1`, null)).toMatchObject({ id: 'agent/u-1', name: null })
    expect(toQueueRef(`${instance}/queue/q-1`, '')).toMatchObject({ id: 'q-1', name: null })
    expect(toQueueRef(null, 'TestQueue')).toBeNull()
  })
})
