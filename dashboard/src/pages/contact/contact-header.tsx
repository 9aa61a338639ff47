import type { ReactNode } from 'react'
import type { PublicContact } from '#contracts/public'
import { formatDuration, formatScore } from '../../format.ts'
import { useSession } from '../../shell/session-context.tsx'
import { connectLink } from '../../session.ts'
import { Since } from '../../ui/since.tsx'
import { queueTitle } from './queue-title.ts'

const stateWords: Readonly<Record<PublicContact['state'], string>> = {
  started: 'Started',
  queued: 'Waiting',
  offered: 'Ringing',
  connected: 'On contact',
  onHold: 'On hold',
  paused: 'Paused',
  wrapUp: 'Wrap-up',
  ended: 'Ended',
}
const outcomeWords = { answered: 'answered', abandoned: 'abandoned', transferred: 'transferred', callback: 'callback' } as const
const at = (time: string | null): number | null => (time === null ? null : Date.parse(time))

export function ContactHeader({ id, contact }: { id: string; contact: PublicContact | null }) {
  const { connectUrl } = useSession()
  const link = connectLink(connectUrl, { contactId: id })
  return (
    <header className="contact-header">
      <div className="contact-title">
        <h1>
          {contact ? queueTitle(contact) : 'Contact'} <span className="contact-channel">{contact?.channel?.toLowerCase()}</span>
        </h1>
        <p className="contact-id">{id}</p>
        {link && (
          <a className="button" href={link} target="_blank" rel="noreferrer">
            Open in Amazon Connect
          </a>
        )}
      </div>
      {contact && <Facts contact={contact} />}
    </header>
  )
}

function Facts({ contact }: { contact: PublicContact }) {
  const connectedAt = at(contact.connectedAt)
  const enqueuedAt = at(contact.enqueuedAt)
  const leftQueueAt = at(contact.leftQueueAt) ?? connectedAt
  const over = at(contact.disconnectedAt) ?? at(contact.endedAt)
  return (
    <dl className="facts">
      <Fact label="State">
        {stateWords[contact.state]}
        {contact.outcome && contact.state === 'ended' ? `, ${outcomeWords[contact.outcome]}` : ''}{' '}
        {contact.state !== 'ended' && (
          <span className="fact-side">
            <Since at={Date.parse(contact.stateSince)} />
          </span>
        )}
      </Fact>
      <Fact label="Agent">{contact.agent?.name ?? contact.offeredTo?.name ?? '–'}</Fact>
      <Fact label="Waited">
        {enqueuedAt === null ? formatDuration(contact.queueSeconds) : <Since at={enqueuedAt} until={leftQueueAt ?? over} />}
      </Fact>
      <Fact label="Talk time">{connectedAt === null ? '–' : <Since at={connectedAt} until={over} />}</Fact>
      <Fact label="Customer">
        {formatScore(contact.sentiment.customer?.score ?? null)}
        <span className="fact-side">{contact.sentiment.customer ? `${contact.sentiment.customer.negativeTurns} negative turns` : ''}</span>
      </Fact>
      <Fact label="Figures">{contact.basis === 'final' ? 'final' : 'live'}</Fact>
    </dl>
  )
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  )
}
