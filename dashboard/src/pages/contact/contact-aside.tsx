import { memo } from 'react'
import { Link } from 'react-router'
import type { PublicAlert, PublicContact, PublicTurn } from '#contracts/public'
import { alertLine, momentLink } from '../../board/alerts.ts'
import { LevelShape } from '../../ui/level-mark.tsx'
import { SaidWords } from '../../ui/said.tsx'
import { ScoreChart } from './score-chart.tsx'

/** Beside the transcript: how it felt, what was found in it. */
export const ContactAside = memo(function ContactAside(props: {
  contact: PublicContact | null
  turns: readonly PublicTurn[]
  alerts: readonly PublicAlert[]
}) {
  const { contact, turns, alerts } = props
  return (
    <aside className="contact-aside" aria-label="About this conversation">
      <section className="panel" aria-labelledby="score-title">
        <h2 id="score-title">Sentiment</h2>
        <ScoreChart turns={turns} />
      </section>
      <section className="panel" aria-labelledby="contact-alerts-title">
        <h2 id="contact-alerts-title">Alerts</h2>
        {alerts.length === 0 && <p className="empty">None in this conversation.</p>}
        <ul className="contact-alerts">
          {alerts.map((alert) => (
            <ContactAlert key={alert.id} alert={alert} />
          ))}
        </ul>
      </section>
      <section className="panel" aria-labelledby="categories-title">
        <h2 id="categories-title">Categories</h2>
        {contact?.categories.length ? (
          <ul className="chips">
            {contact.categories.map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        ) : (
          <p className="empty">No rule of Contact Lens has matched.</p>
        )}
      </section>
      {contact?.summary && (
        <section className="panel" aria-labelledby="summary-title">
          <h2 id="summary-title">Summary</h2>
          <p>{contact.summary}</p>
        </section>
      )}
    </aside>
  )
})

function ContactAlert({ alert }: { alert: PublicAlert }) {
  const line = alertLine(alert)
  const level = line.severity === 'critical' ? 'red' : 'amber'
  return (
    <li>
      <p className="alert-head">
        {line.endedAt === null && <LevelShape level={level} />}
        <Link to={momentLink(line.contactId, line.segmentId, line.offsetMs)} className="alert-rule">
          {line.ruleName}
        </Link>
        <span className="alert-state">{line.stateWord}</span>
      </p>
      {line.said && <SaidWords said={line.said} />}
    </li>
  )
}
