import { describe, expect, it } from 'vitest'
import { silentTelemetry } from '#kernel/telemetry'
import { createDemoSwitch, type Running } from '../../demo-switch.ts'

const profile = (name: string) => ({ name, title: `The ${name}`, description: '' })
const [voice, vdi, hybrid] = [profile('voice'), profile('vdi'), profile('hybrid')]

interface Instance extends Running {
  name: string
}

/** A switch over instances that only note what becomes of them; `gate` holds a start until it is opened. */
function setUp(refuse: (name: string) => boolean = () => false) {
  const events: string[] = []
  const failures: Error[] = []
  let gate = Promise.resolve()
  const demo = createDemoSwitch<Instance>(voice, {
    telemetry: silentTelemetry,
    async start({ name }, before) {
      events.push(`start ${name} after ${before?.name ?? 'nothing'}`)
      await gate
      if (refuse(name)) throw new Error('the port is taken')
      return {
        name,
        async stop() {
          events.push(`stop ${name}`)
          return []
        },
      }
    },
    changed: ({ name }) => void events.push(`remember ${name}`),
    failed: (error) => void failures.push(error),
  })
  const hold = (): (() => void) => {
    let open = (): void => {}
    gate = new Promise((resolve) => (open = resolve))
    return open
  }
  const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
  return { demo, events, failures, hold, settle }
}

describe('the switch of the demo', () => {
  it('stops what plays before it starts what is wanted, and remembers it once it plays', async () => {
    const { demo, events, settle } = setUp()
    await demo.start()
    demo.change(vdi)
    expect(demo.changingTo()).toBe(vdi)
    await settle()
    expect(events).toEqual(['start voice after nothing', 'stop voice', 'start vdi after voice', 'remember vdi'])
    expect([demo.current().name, demo.profile(), demo.changingTo()]).toEqual(['vdi', vdi, undefined])
    demo.change(voice)
    await settle()
    expect(demo.current().name).toBe('voice')
  })

  it('refuses a second change while the first goes on', async () => {
    const { demo, hold, settle } = setUp()
    await demo.start()
    const open = hold()
    demo.change(vdi)
    await settle()
    expect(() => demo.change(hybrid)).toThrow('changing to "The vdi" already')
    expect(() => demo.current()).toThrow('is changing')
    open()
    await settle()
    expect(demo.current().name).toBe('vdi')
  })

  it('tells a failed start, remembers nothing, and has nothing left to stop', async () => {
    const { demo, events, failures, settle } = setUp((name) => name === 'vdi')
    await demo.start()
    demo.change(vdi)
    await settle()
    expect(failures.map((e) => e.message)).toEqual(['the demo could not be changed to "The vdi", and was stopped: the port is taken'])
    expect(events).not.toContain('remember vdi')
    expect(await demo.stop()).toEqual([])
    expect(events.filter((e) => e.startsWith('stop'))).toEqual(['stop voice'])
  })

  it('stopped amid a change, waits for it and stops what it started', async () => {
    const { demo, events, hold, settle } = setUp()
    await demo.start()
    const open = hold()
    demo.change(vdi)
    await settle()
    const stopped = demo.stop()
    open()
    await stopped
    expect(events.slice(1)).toEqual(['stop voice', 'start vdi after voice', 'remember vdi', 'stop vdi'])
    expect(() => demo.change(hybrid)).toThrow('being stopped')
  })

  it('stopped before the old one is down, starts nothing any more', async () => {
    const { demo, events } = setUp()
    await demo.start()
    demo.change(vdi)
    await demo.stop()
    expect(events.slice(1)).toEqual(['stop voice'])
  })
})
