interface Category {
  name: string
  words: RegExp
}

/** Words that make a Contact Lens category match, as an analyst would set up the rules. */
const categories: readonly Category[] = [
  { name: 'Cancellation intent', words: /\b(cancel|end my contract|want to leave|out of my contract|cancelar|terminar o meu contrato)\b/i },
  { name: 'Repeated contact', words: /\b(third time|every week|four times now|terceira vez|quatro vezes|tired of asking)\b/i },
  { name: 'Refund', words: /\b(refund|credit that amount|reembolso)\b/i },
  { name: 'Price objection', words: /\b(expensive|cheaper|lower price|pays a lot less|caro demais|mais barata)\b/i },
  { name: 'Escalation', words: /\b(supervisor|ombudsman|formal complaint|responsável)\b/i },
  { name: 'Payment difficulty', words: /\b(instalments?|cannot pay|final notice|prestações)\b/i },
  { name: 'Missed visit', words: /\b(never showed up|day off for nothing|nobody is here|nunca apareceu)\b/i },
  { name: 'Security concern', words: /\b(broken into my account|that was not me|signed out all devices)\b/i },
]

const none: readonly string[] = []

/** Names of the categories a text matches. */
export function categoriesIn(text: string): readonly string[] {
  let names = none
  for (const { name, words } of categories) if (words.test(text)) names = names === none ? [name] : [...names, name]
  return names
}
