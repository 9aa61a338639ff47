import { describe, expect, it } from 'vitest'
import { decodePayload, toDomain } from '#events/decode'
import { observationsOf } from '#events/observations'
import { loadSamples } from '../../helpers/samples.ts'
import { sampleRows } from '../../helpers/samples-table.ts'

const { samples, folder, reason } = loadSamples()
const rowsByName = new Map(sampleRows.map((row) => [row.name, row]))
const present = new Map(samples.map((sample) => [sample.name, sample]))
const absent = sampleRows.filter((row) => !present.has(row.name)).map((row) => row.name)

console.log(
  `samples: ${samples.length} of ${sampleRows.length} seen; third-party ones from ${folder}${reason === null ? '' : ` (absent: ${reason})`}`,
)
if (absent.length > 0) console.log(`table rows without a file: ${absent.join(', ')}`)

describe('the table of samples', () => {
  it('has a row for every sample file', () => {
    expect(samples.map((sample) => sample.name).filter((name) => !rowsByName.has(name))).toEqual([])
  })

  it('finds a file for every row, where third-party samples are there at all', () => {
    expect(reason === null ? absent : absent.filter((name) => name.includes('/composed-'))).toEqual([])
  })
})

describe.each(samples)('$name', ({ name, kind, payload }) => {
  const row = rowsByName.get(name)

  it.each(['its kind', 'any kind'])('comes out as the table says when %s is expected', (how) => {
    const decoded = decodePayload(payload, how === 'any kind' ? 'any' : kind)
    if (row === undefined) throw new Error('not in the table')
    if ('dead' in row) {
      expect(decoded).toMatchObject({ ok: false, reason: row.dead, message: expect.stringContaining(row.names) })
      return
    }
    if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.message}`)
    const time = decoded.eventTime === null ? null : new Date(decoded.eventTime).toISOString()
    expect({ kind: decoded.kind, key: decoded.key, time, ownId: decoded.ownId }).toEqual({
      kind: row.kind,
      key: row.key,
      time: row.time,
      ownId: row.ownId,
    })
    expect(decoded.event).toMatchObject(row.facts)
    expect(observationsOf(decoded.event, 'e').map(({ observation }) => observation.type)).toEqual(row.observations ?? [])
  })

  it('reads back from its kept payload as the same event', () => {
    const decoded = decodePayload(payload, 'any')
    if (decoded.ok) expect(toDomain(decoded.kind, decoded.payload)).toEqual(decoded.event)
    else expect(row).toHaveProperty('dead')
  })
})
