import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createManualClock, pause, systemClock } from '#kernel/clock'
import { canonicalJson, decodeUtf8, isEqualJson, parseJson, type Json } from '#kernel/json'
import { createLifecycle, type Component } from '#kernel/lifecycle'
import { ownDataDir } from '#kernel/node/data-dir'
import { refusalOf, resolveTarget } from '#kernel/node/webhook-target'
import { partitionOf } from '#kernel/partition'
import { createTelemetry } from '#kernel/telemetry'

const require = createRequire(import.meta.url)

describe('the manual clock', () => {
  it('runs what became due, in order, at its time', () => {
    const clock = createManualClock(0)
    const ran: string[] = []
    clock.after(20, () => ran.push(`b ${clock.now()}`))
    clock.after(10, () => ran.push(`a ${clock.now()}`))
    clock.after(5, () => ran.push('never'))()
    clock.advance(30)
    expect(ran).toEqual(['a 10', 'b 20'])
    expect(clock.now()).toBe(30)
  })

  it('ends a pause when the signal aborts', async () => {
    const stop = new AbortController()
    const waiting = pause(createManualClock(0), 1000, stop.signal)
    stop.abort()
    await expect(waiting).resolves.toBeUndefined()
  })
})

describe('JSON from outside', () => {
  it('is limited in depth without recursion, also where brackets stand in texts', () => {
    expect(parseJson('['.repeat(64) + ']'.repeat(64))).toMatchObject({ ok: true })
    expect(parseJson('['.repeat(65) + ']'.repeat(65))).toMatchObject({ ok: false, fault: 'too-deep' })
    expect(parseJson('['.repeat(1_000_000))).toMatchObject({ ok: false, fault: 'too-deep' })
    expect(parseJson(`"${'[\\"{'.repeat(500)}"`)).toMatchObject({ ok: true })
  })

  it('refuses __proto__ keys however they are spelt, and keeps the word as a value', () => {
    expect(parseJson('{"a":[{"__proto__":1}]}')).toMatchObject({ ok: false, fault: 'forbidden-key' })
    expect(parseJson('{"\\u005f\\u005fproto__":1}')).toMatchObject({ ok: false, fault: 'forbidden-key' })
    expect(parseJson('{"a":"__proto__"}')).toEqual({ ok: true, value: { a: '__proto__' } })
  })

  it('has one canonical text for equal values, and equality agrees with it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const copy = JSON.parse(JSON.stringify(a)) as Json
        expect(isEqualJson(copy, JSON.parse(canonicalJson(copy)))).toBe(true)
        const other = JSON.parse(JSON.stringify(b)) as Json
        expect(isEqualJson(copy, other)).toBe(canonicalJson(copy) === canonicalJson(other))
      }),
      {
        examples: [
          [{}, []],
          [{ a: [] }, { a: {} }],
          [[null], { 0: null }],
        ],
      },
    )
  })

  it('is UTF-8 or nothing', () => {
    expect(decodeUtf8(Buffer.from('ação'))).toBe('ação')
    expect(decodeUtf8(Uint8Array.of(0xc3, 0x28))).toBeUndefined()
  })
})

describe('partitions', () => {
  it("are those of Kafka's default partitioner", () => {
    const { DefaultPartitioner } = (require('kafkajs') as { Partitioners: { DefaultPartitioner: () => (input: object) => number } })
      .Partitioners
    const partitionMetadata = Array.from({ length: 24 }, (_, partitionId) => ({ partitionId, leader: 0 }))
    const kafka = DefaultPartitioner()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (key) => {
        expect(partitionOf(key, 24)).toBe(kafka({ topic: 't', partitionMetadata, message: { key, value: null } }))
      }),
    )
  })
})

describe('the lifecycle', () => {
  const part = (name: string, seen: string[], fault?: 'start' | 'stop'): Component => ({
    name,
    async start() {
      seen.push(`start ${name}`)
      if (fault === 'start') throw new Error('no')
    },
    async stop() {
      seen.push(`stop ${name}`)
      if (fault === 'stop') throw new Error('no')
    },
  })

  it('stops in reverse what was started when a part fails to start', async () => {
    const seen: string[] = []
    const lifecycle = createLifecycle([part('a', seen), part('b', seen), part('c', seen, 'start')], {
      clock: systemClock,
      stopDeadlineMs: 1000,
    })
    await expect(lifecycle.start()).rejects.toThrow('no')
    expect(seen).toEqual(['start a', 'start b', 'start c', 'stop b', 'stop a'])
  })

  it('goes on stopping past a part that fails or hangs, and says so', async () => {
    const seen: string[] = []
    const clock = createManualClock(0)
    const hanging: Component = { name: 'hung', start: async () => {}, stop: () => new Promise(() => {}) }
    const lifecycle = createLifecycle([part('a', seen), hanging, part('c', seen, 'stop')], { clock, stopDeadlineMs: 1000 })
    await lifecycle.start()
    const stopped = lifecycle.stop()
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    clock.advance(1000)
    expect(await stopped).toEqual(['c failed to stop: no', 'hung did not stop within 1000 ms'])
    expect(seen.at(-1)).toBe('stop a')
  })
})

describe('a data folder', () => {
  it('has one owner, and is free again when that process is gone', () => {
    const dir = mkdtempSync(join(tmpdir(), 'callboard-own-'))
    try {
      const release = ownDataDir(dir)
      expect(() => ownDataDir(dir)).toThrow(`in use by process ${process.pid}`)
      release()
      ownDataDir(dir)()
      writeFileSync(join(dir, 'callboard.lock'), '999999999 1')
      ownDataDir(dir)()
      writeFileSync(join(dir, 'callboard.lock'), `${process.pid} 1`)
      ownDataDir(dir)()
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  })

  it('that cannot be made is a setting error naming DATA_DIR', () => {
    expect(() => ownDataDir('/proc/callboard')).toThrow(/DATA_DIR \/proc\/callboard cannot be made/)
  })
})

describe('metrics text', () => {
  it('is Prometheus text format', () => {
    const telemetry = createTelemetry(() => {})
    telemetry.count('events_total', { kind: 'a"b' }, 2)
    telemetry.observe('flush_ms', {}, 7)
    expect(telemetry.render()).toContain('# TYPE events_total counter\nevents_total{kind="a_b"} 2\n')
    expect(telemetry.render()).toContain('flush_ms_bucket{le="5"} 0\nflush_ms_bucket{le="10"} 1\n')
  })
})

describe('webhook targets', () => {
  it.each([
    'http://example.com/x',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::ffff:7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://①②⑦.⓪.⓪.①/',
    'https://localhost./',
    'https://user@example.com/',
    'https://169.254.169.254/latest',
    'https://[::1]/',
    'https://example.com:8443/',
  ])('hook.encodings: %s is refused', (url) => {
    expect(refusalOf(url, [])).toBeTypeOf('string')
  })

  it('may be private when listed, and connect to the one address they resolved to', async () => {
    expect(await resolveTarget('http://127.0.0.1:9000/in', ['127.0.0.1:9000'])).toMatchObject({ ok: true, address: '127.0.0.1', family: 4 })
    expect(await resolveTarget('http://127.0.0.1:9001/in', ['127.0.0.1:9000'])).toMatchObject({ ok: false })
  })
})
