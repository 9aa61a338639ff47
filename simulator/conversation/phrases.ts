import { accountAccess } from './english/account-access.ts'
import { appointment } from './english/appointment.ts'
import { billing } from './english/billing.ts'
import { cancellation } from './english/cancellation.ts'
import { claim } from './english/claim.ts'
import { collections } from './english/collections.ts'
import { common as english } from './english/common.ts'
import { complaint } from './english/complaint.ts'
import { delivery } from './english/delivery.ts'
import { order } from './english/order.ts'
import { returns } from './english/returns.ts'
import { sales } from './english/sales.ts'
import { technical } from './english/technical.ts'
import type { CommonLines, Intent, Language, Lines } from './lines.ts'
import { common as portuguese } from './portuguese/common.ts'
import { topics as portugueseTopics } from './portuguese/topics.ts'
import { parseProblem, parseTemplate, type Template } from './template.ts'

/** All that can be said, as written. */
export const phrases: Record<Language, { common: CommonLines; topics: Record<Intent, Lines> }> = {
  en: {
    common: english,
    topics: {
      billing,
      order,
      returns,
      technical,
      cancellation,
      sales,
      complaint,
      appointment,
      'account-access': accountAccess,
      claim,
      collections,
      delivery,
    },
  },
  pt: { common: portuguese, topics: portugueseTopics },
}

type Parsed<T> = { readonly [K in keyof T]: readonly Template[] }
type Exchange = Parsed<CommonLines['private'][number]>
type Common = Parsed<Omit<CommonLines, 'private'>> & { private: readonly Exchange[] }

/** One language's templates; `work` and `mild` are an intent's own and the common ones together. */
export interface Repertoire {
  common: Common
  topics: Record<Intent, { problem: readonly Template[]; upset: readonly Template[]; work: readonly Template[]; mild: readonly Template[] }>
}

const parseAll = (sources: readonly string[]): readonly Template[] => sources.map(parseTemplate)

/** The keys stay, hence the cast. */
function mapValues<K extends string, A, B>(record: Record<K, A>, toOther: (value: A) => B): Record<K, B> {
  return Object.fromEntries(Object.entries<A>(record).map(([key, value]) => [key, toOther(value)])) as Record<K, B>
}

function toRepertoire(language: Language): Repertoire {
  const { common: written, topics } = phrases[language]
  const { private: exchanges, ...rest } = written
  const common = mapValues(rest, parseAll)
  return {
    common: { ...common, private: exchanges.map((exchange) => mapValues(exchange, parseAll)) },
    topics: mapValues(topics, ({ problem, detail, upset, work }) => ({
      problem: problem.map(parseProblem),
      upset: parseAll(upset),
      work: [...parseAll(work), ...common.work],
      mild: [...parseAll(detail), ...common.filler],
    })),
  }
}

export const repertoires: Record<Language, Repertoire> = { en: toRepertoire('en'), pt: toRepertoire('pt') }
