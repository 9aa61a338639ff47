import { findCardEnd, findCardParts, findCards, findExpiryDates, findSecurityCodes } from './detect-cards.ts'
import { findPhones, findSpokenEmails, findWrittenEmails } from './detect-addresses.ts'
import { findCpfs, findDnis, findIbans, findNinos, findNirs, findSsns, findSteuerIds } from './detect-ids.ts'
import { hide } from './hide.ts'
import type { NameFinder } from './names.ts'
import type { Scanned, Span } from './scanned.ts'

export interface Detector {
  /** Label of the counter. */
  name: string
  /** Where such numbers come from; null: everywhere. All detectors look at every text: callers speak of papers from anywhere. */
  locale: string | null
  /** Payment data are hidden even in names that an administrator gives, where other detectors would hide queues and agents. */
  isPayment: boolean
  find(scanned: Scanned): readonly Span[]
}

const personal = { locale: null, isPayment: false } as const
const payment = { locale: null, isPayment: true } as const

/** In the order they are asked: what one has found is not counted again by the next. */
const builtIn: readonly Detector[] = [
  { ...payment, name: 'iban', find: findIbans },
  { ...payment, name: 'card', find: (scanned) => [...findCards(scanned), ...[findCardEnd(scanned) ?? []].flat()] },
  { ...personal, name: 'expiry', find: findExpiryDates },
  { ...personal, name: 'security_code', find: findSecurityCodes },
  { ...personal, name: 'email', find: (scanned) => [...findWrittenEmails(scanned), ...findSpokenEmails(scanned)] },
  { ...personal, name: 'ssn', locale: 'US', find: findSsns },
  { ...personal, name: 'nino', locale: 'GB', find: findNinos },
  { ...personal, name: 'steuer_id', locale: 'DE', find: findSteuerIds },
  { ...personal, name: 'dni', locale: 'ES', find: findDnis },
  { ...personal, name: 'nir', locale: 'FR', find: findNirs },
  { ...personal, name: 'cpf', locale: 'BR', find: findCpfs },
  { ...personal, name: 'phone', find: findPhones },
  { ...personal, name: 'card_part', find: findCardParts },
]

export function createDetectors(names?: NameFinder): readonly Detector[] {
  return names ? [...builtIn, { ...personal, name: 'name', find: ({ text }) => names(text) }] : builtIn
}

export interface Hit extends Span {
  detector: string
}

/** Numbers that stand side by side are told apart one after the other. */
const MAX_ROUNDS = 8

/**
 * What is to be hidden in a text, in order and without overlap. What is left is searched again until nothing is found, so that
 * hiding a hidden text changes nothing.
 */
export function findHits(scanned: Scanned, detectors: readonly Detector[]): Hit[] {
  let hits: Hit[] = []
  let left = scanned
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const more = findOnce(left, detectors)
    if (more.length === 0) break
    hits = hits.length === 0 ? more : withoutOverlap([...hits, ...more])
    left = left.when(hide(left.text, more, 'mask'))
  }
  return hits
}

function findOnce(scanned: Scanned, detectors: readonly Detector[]): Hit[] {
  return withoutOverlap(detectors.flatMap(({ name, find }) => find(scanned).map(({ begin, end }) => ({ begin, end, detector: name }))))
}

/** Of spans that meet, one, under the name that was given first. */
function withoutOverlap(hits: readonly Hit[]): Hit[] {
  const apart: (Hit & { rank: number })[] = []
  const inOrder = hits.map((hit, rank) => ({ ...hit, rank })).sort((a, b) => a.begin - b.begin || a.rank - b.rank)
  for (const hit of inOrder) {
    const last = apart.at(-1)
    if (!last || last.end <= hit.begin) apart.push(hit)
    else {
      last.end = Math.max(last.end, hit.end)
      if (hit.rank < last.rank) [last.rank, last.detector] = [hit.rank, hit.detector]
    }
  }
  return apart.map(({ begin, end, detector }) => ({ begin, end, detector }))
}
