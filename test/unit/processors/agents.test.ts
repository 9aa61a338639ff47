import { afterEach, describe, expect, it } from 'vitest'
import { createMetricsFold } from '#contracts/metrics/fold'
import { metricById } from '#contracts/metrics/catalogue'
import { startPipeline, type Pipeline } from '../../helpers/pipeline.ts'
import { agentEvent, type WireSnapshot } from '../../helpers/wire.ts'
import { eventually } from '../../helpers/eventually.ts'

const at = (time: string): string => `2026-03-02T${time}Z`
const available = { Name: 'Available', Type: 'ROUTABLE', StartTimestamp: at('08:00:00.000') }
let pipeline: Pipeline

async function fold(...payloads: ReturnType<typeof agentEvent>[]): Promise<void> {
  pipeline = await startPipeline({ startAt: Date.parse(at('18:00:00')) })
  await pipeline.send(payloads.map((payload) => ({ kind: 'agent-event', payload })))
  await pipeline.settle()
}
const intervals = (name: string) => pipeline.rowsOf('interval').filter((r) => r.name === name)
afterEach(() => pipeline.stop())

describe('wrap-up from the agent event stream', () => {
  it('lasts from ENDED until the contact leaves the snapshot, whatever happens between (example E09)', async () => {
    const ended = { ContactId: 'a1', State: 'ENDED', StateStartTimestamp: at('14:03:10.250') }
    await fold(
      agentEvent('amy', at('14:02:00.100'), {
        AgentStatus: available,
        Contacts: [{ ContactId: 'a1', State: 'CONNECTED', StateStartTimestamp: at('14:00:00.000') }],
      }),
      agentEvent('amy', at('14:03:10.250'), { AgentStatus: available, Contacts: [ended] }),
      agentEvent('amy', at('14:03:20.000'), {
        AgentStatus: { Name: 'Break', Type: 'CUSTOM', StartTimestamp: at('14:03:20.000') },
        Contacts: [ended],
      }),
      agentEvent('amy', at('14:03:52.900'), { AgentStatus: { Name: 'Break', Type: 'CUSTOM', StartTimestamp: at('14:03:20.000') } }),
    )
    const [acw] = intervals('ENDED')
    expect(acw).toMatchObject({ contactId: 'a1', estimated: false })
    expect((acw!.end! - acw!.start) / 1000).toBe(42.65)
  })

  it('is closed by the next heart beat, marked as estimated, when the event of leaving was lost', async () => {
    await fold(
      agentEvent('amy', at('14:03:10.250'), { AgentStatus: available, Contacts: [{ ContactId: 'a1', State: 'ENDED' }] }),
      agentEvent('amy', at('14:05:10.250'), { AgentStatus: available }, { type: 'HEART_BEAT' }),
    )
    expect(intervals('ENDED')).toEqual([expect.objectContaining({ end: Date.parse(at('14:05:10.250')), estimated: true })])
  })
})

describe('hold', () => {
  const connectedAt = at('14:00:00.000')
  const hold = { ContactId: 'a1', State: 'CONNECTED_ONHOLD', ConnectedToAgentTimestamp: connectedAt }
  const connected = { ...hold, State: 'CONNECTED' }

  it.each([
    ['keeps the time of the connection', connectedAt],
    ['moves with the state', at('14:02:00.000')],
  ])('begins with the event that shows it when the state start %s', async (_, stateStart) => {
    await fold(
      agentEvent('amy', at('14:00:00.010'), { AgentStatus: available, Contacts: [{ ...connected, StateStartTimestamp: connectedAt }] }),
      agentEvent('amy', at('14:02:00.000'), { AgentStatus: available, Contacts: [{ ...hold, StateStartTimestamp: stateStart }] }),
      agentEvent('amy', at('14:02:45.000'), { AgentStatus: available, Contacts: [{ ...connected, StateStartTimestamp: connectedAt }] }),
    )
    expect(intervals('CONNECTED_ONHOLD')).toEqual([
      expect.objectContaining({ start: Date.parse(at('14:02:00.000')), end: Date.parse(at('14:02:45.000')) }),
    ])
    expect(intervals('CONNECTED').map((r) => r.start)).toEqual([Date.parse(connectedAt), Date.parse(at('14:02:45.000'))])
  })
})

describe('the state shown for an agent', () => {
  // Example E11, in its order, and the cases of E10.
  const cases: [string, WireSnapshot['AgentStatus'], { State: string; Channel?: string; InitiationMethod?: string }[], string][] = [
    ['connected beside wrap-up', available, [{ State: 'ENDED' }, { State: 'CONNECTED' }], 'onContact'],
    ['missed beside connected', available, [{ State: 'MISSED' }, { State: 'CONNECTED', Channel: 'CHAT' }], 'missed'],
    ['missed beside rejected', available, [{ State: 'REJECTED' }, { State: 'MISSED' }], 'missed'],
    ['error beside missed', available, [{ State: 'ERROR' }, { State: 'MISSED' }], 'error'],
    ['ringing beside wrap-up', available, [{ State: 'CONNECTING', InitiationMethod: 'API' }, { State: 'ENDED' }], 'afterContactWork'],
    ['a paused task', available, [{ State: 'PAUSED', Channel: 'TASK' }], 'onContact'],
    ['a custom status', { Name: 'Lunch', Type: 'CUSTOM' }, [], 'nonProductive'],
    [
      'dialling out in a custom status',
      { Name: 'Lunch', Type: 'CUSTOM' },
      [{ State: 'CONNECTING', InitiationMethod: 'OUTBOUND' }],
      'onContact',
    ],
    ['ringing', available, [{ State: 'CONNECTING' }], 'incoming'],
    ['nothing', available, [], 'available'],
    ['offline', { Name: 'Offline', Type: 'OFFLINE' }, [], 'offline'],
  ]
  it.each(cases)('with %s', async (_, status, contacts, expected) => {
    await fold(
      agentEvent('amy', at('14:00:00.000'), { AgentStatus: status, Contacts: contacts.map((c, i) => ({ ContactId: `c${i}`, ...c })) }),
    )
    expect(pipeline.rowsOf('agent')[0]?.state).toBe(expected)
  })

  it('is offline after sign-out although heart beats go on', async () => {
    await fold(
      agentEvent('amy', at('14:00:00.000'), { AgentStatus: available }),
      agentEvent('amy', at('14:10:00.000'), { AgentStatus: available }, { type: 'LOGOUT' }),
      agentEvent('amy', at('14:12:00.000'), { AgentStatus: available }, { type: 'HEART_BEAT' }),
    )
    expect(pipeline.rowsOf('agent')[0]).toMatchObject({ state: 'offline', stateSince: Date.parse(at('14:10:00.000')) })
  })

  it('counts heads as Amazon does (example E10)', async () => {
    const agents: [
      string,
      WireSnapshot['AgentStatus'],
      { ContactId: string; State: string; Channel?: string; InitiationMethod?: string }[],
    ][] = [
      ['A1', available, []],
      ['A2', available, [{ ContactId: 'x1', State: 'CONNECTED' }]],
      [
        'A3',
        available,
        [
          { ContactId: 'x2', State: 'CONNECTED', Channel: 'CHAT' },
          { ContactId: 'x3', State: 'ENDED', Channel: 'CHAT' },
        ],
      ],
      ['A4', { Name: 'Break', Type: 'CUSTOM' }, [{ ContactId: 'x4', State: 'CONNECTED', InitiationMethod: 'OUTBOUND' }]],
      ['A5', available, [{ ContactId: 'x5', State: 'MISSED' }]],
      ['A6', { Name: 'Training', Type: 'CUSTOM' }, []],
      ['A7', { Name: 'Offline', Type: 'OFFLINE' }, []],
      ['A8', available, [{ ContactId: 'x6', State: 'CONNECTING' }]],
      ['A9', available, [{ ContactId: 'x7', State: 'CONNECTING', InitiationMethod: 'OUTBOUND' }]],
    ]
    await fold(...agents.map(([id, AgentStatus, Contacts]) => agentEvent(id, at('14:00:00.000'), { AgentStatus, Contacts })))
    const figures = createMetricsFold()
    for (const row of pipeline.rows()) figures.apply(undefined, row)
    const value = (id: string): number | null =>
      figures.compute({
        metric: metricById(id)!,
        select: { queueIds: 'all' },
        now: pipeline.clock.now(),
        windowStart: () => 0,
        threshold: () => 20,
      })
    expect({
      AGENTS_ONLINE: value('AGENTS_ONLINE'),
      AGENTS_STAFFED: value('AGENTS_STAFFED'),
      AGENTS_NON_PRODUCTIVE: value('AGENTS_NON_PRODUCTIVE'),
      AGENTS_AVAILABLE: value('AGENTS_AVAILABLE'),
      AGENTS_ON_CONTACT: value('AGENTS_ON_CONTACT'),
      AGENTS_AFTER_CONTACT_WORK: value('AGENTS_AFTER_CONTACT_WORK'),
    }).toEqual({
      AGENTS_ONLINE: 8,
      AGENTS_STAFFED: 6,
      AGENTS_NON_PRODUCTIVE: 2,
      AGENTS_AVAILABLE: 1,
      AGENTS_ON_CONTACT: 4,
      AGENTS_AFTER_CONTACT_WORK: 1,
    })
  })
})

describe('the horizon', () => {
  it('keeps closed intervals as they are and opens none anew when old events leave memory', async () => {
    const events = []
    for (let minute = 0; minute < 400; minute += 5) {
      const time = new Date(Date.parse(at('08:00:00.000')) + minute * 60_000).toISOString()
      const contact = { ContactId: `c${Math.floor(minute / 10)}`, State: minute % 10 === 0 ? 'CONNECTED' : 'ENDED' }
      events.push(agentEvent('amy', time, { AgentStatus: available, Contacts: [contact] }))
    }
    await fold(...events)
    const facts = [...pipeline.table('callboard.facts').keys()].filter((key) => key.includes('/point/'))
    expect(facts.length).toBeLessThan(40)
    expect(intervals('CONNECTED')).toHaveLength(40)
    expect(intervals('ENDED')).toHaveLength(40)
    expect(intervals('Available')).toEqual([expect.objectContaining({ start: Date.parse(at('08:00:00.000')), end: null })])
    expect(intervals('CONNECTED').every((r) => r.end !== null)).toBe(true)
  })
})

describe('time of an agent', () => {
  it('in a status ends with the sign-out, although the next status comes a day later', async () => {
    await fold(
      agentEvent('amy', at('08:00:00.000'), { AgentStatus: available }),
      agentEvent('amy', at('09:00:00.000'), { AgentStatus: available }, { type: 'LOGOUT' }),
      agentEvent(
        'amy',
        at('10:30:00.000'),
        { AgentStatus: { Name: 'Break', Type: 'CUSTOM', StartTimestamp: at('10:30:00.000') } },
        { type: 'LOGIN' },
      ),
    )
    expect(intervals('Available')).toEqual([expect.objectContaining({ end: Date.parse(at('09:00:00.000')) })])
  })

  it('on contact counts from the first of overlapping chats', async () => {
    const chat = (ContactId: string, State: string, from: string) => ({
      ContactId,
      State,
      Channel: 'CHAT',
      StateStartTimestamp: at(from),
      ConnectedToAgentTimestamp: at(from),
    })
    await fold(
      agentEvent('amy', at('10:00:00.000'), { AgentStatus: available, Contacts: [chat('a', 'CONNECTED', '10:00:00.000')] }),
      agentEvent('amy', at('10:05:00.000'), {
        AgentStatus: available,
        Contacts: [chat('a', 'CONNECTED', '10:00:00.000'), chat('b', 'CONNECTED', '10:05:00.000')],
      }),
      agentEvent('amy', at('10:08:00.000'), { AgentStatus: available, Contacts: [chat('b', 'CONNECTED', '10:05:00.000')] }),
    )
    expect(pipeline.rowsOf('agent')[0]).toMatchObject({ state: 'onContact', stateSince: Date.parse(at('10:00:00.000')) })
  })
})

describe('an agent nobody hears of', () => {
  it('is looked at now and then, not all the time, and leaves with its intervals after 48 h', async () => {
    await fold(
      agentEvent('amy', at('17:00:00.000'), { AgentStatus: available }),
      agentEvent('amy', at('17:30:00.000'), { AgentStatus: available }, { type: 'LOGOUT' }),
    )
    const commits = () => Number(/lane_commit_ms_count\{lane="agents"\} (\d+)/.exec(pipeline.telemetry.render())?.[1])
    const before = commits()
    for (let hour = 0; hour < 10; hour++) {
      pipeline.clock.advance(3_600_000)
      await pipeline.settle()
    }
    expect(commits() - before).toBeLessThan(40)
    expect(pipeline.rowsOf('agent')).toHaveLength(1)
    for (let hour = 0; hour < 50 && pipeline.rows().length > 0; hour++) {
      pipeline.clock.advance(3_600_000)
      await eventually(async () => (await pipeline.settle(), true), 'the loop has looked')
    }
    await eventually(() => {
      pipeline.clock.advance(3_600_000)
      return pipeline.rows().length === 0 && [...pipeline.table('callboard.facts').keys()].every((key) => !key.startsWith('agents/'))
    }, 'nothing is left')
  })
})
