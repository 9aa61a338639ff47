import { Link } from 'react-router'

const examples: readonly { q: string; says: string }[] = [
  { q: 'cancel contract', says: 'both words, in one turn' },
  { q: '"speak to a manager"', says: 'exactly this phrase' },
  { q: 'refund OR "money back"', says: 'either of them' },
  { q: 'invoice -paid', says: 'the first without the second' },
  { q: 'cancel*', says: 'any word that begins so' },
  { q: 'speaker:customer sentiment:negative lawyer', says: 'who said it, and how' },
  { q: 'queue:"Billing" complaint', says: 'in one queue' },
]

export function SearchHelp() {
  return (
    <section className="panel search-help" aria-labelledby="help-title">
      <h2 id="help-title">How to ask</h2>
      <dl>
        {examples.map(({ q, says }) => (
          <div key={q}>
            <dt>
              <Link to={`/search?q=${encodeURIComponent(q)}`}>
                <code>{q}</code>
              </Link>
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <p className="empty">
        Also <code>agent:</code> <code>channel:</code>
      </p>
    </section>
  )
}
