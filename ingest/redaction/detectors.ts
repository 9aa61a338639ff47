import { findCardParts, findCards, findExpiryDates, findSecurityCodes, carriedOfCard } from './detect-cards.ts'
import { findPhones, findSpokenEmails, findWrittenEmails } from './detect-addresses.ts'
import { findCpfs, findDnis, findIbans, findNinos, findNirs, findSsns, findSteuerIds } from './detect-ids.ts'
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
  { ...payment, name: 'card', find: (scanned) => [...findCards(scanned), ...endedCards(scanned)] },
  { ...payment, name: 'iban', find: findIbans },
  { ...personal, name: 'security_code', find: findSecurityCodes },
  { ...personal, name: 'expiry', find: findExpiryDates },
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

function endedCards(scanned: Scanned): Span[] {
  const ended = carriedOfCard(scanned)
  return ended ? [ended.span] : []
}

export interface Hit extends Span {
  detector: string
}

/** What is to be hidden in a text, in order and without overlap. */
export function findHits(scanned: Scanned, detectors: readonly Detector[]): Hit[] {
  const hits: Hit[] = []
  for (const { name, find } of detectors) {
    for (const { begin, end } of find(scanned)) {
      const known = hits.find((hit) => hit.begin < end && begin < hit.end)
      if (!known) hits.push({ begin, end, detector: name })
      else {
        known.begin = Math.min(known.begin, begin)
        known.end = Math.max(known.end, end)
      }
    }
  }
  return hits.sort((a, b) => a.begin - b.begin)
}
