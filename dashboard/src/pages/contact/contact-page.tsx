import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useParams } from 'react-router'
import type { PublicContact, PublicTurn } from '#contracts/public'
import { api, ApiProblem } from '../../api.ts'
import { ofContact } from '../../board/engine.ts'
import { orderTurns } from '../../board/sentiment.ts'
import { useRows } from '../../live/react.tsx'
import { mayReadWords } from '../../session.ts'
import { useSession } from '../../shell/session-context.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { ContactAside } from './contact-aside.tsx'
import { ContactHeader } from './contact-header.tsx'
import { queueTitle } from './queue-title.ts'
import { Transcript } from './transcript.tsx'

const noTurns: readonly PublicTurn[] = []

export default function ContactPage() {
  const { id = '' } = useParams()
  // A page of its own for each contact: nothing of the last one stays.
  return <Contact key={id} id={id} />
}

/** Live as long as the rows are there; what has left memory is read from history. */
function Contact({ id }: { id: string }) {
  const session = useSession()
  const { rows: contacts } = useRows(ofContact('contacts', id))
  const { rows: liveTurns } = useRows(ofContact('turns', id))
  const { rows: alerts } = useRows(ofContact('alerts', id))
  const live = contacts?.[0] ?? null
  const path = `/contacts/${encodeURIComponent(id)}`
  const past = useQuery({
    queryKey: ['contact', id],
    queryFn: ({ signal }) => api<PublicContact>(path, { signal }),
    enabled: contacts?.length === 0,
  })
  const pastTurns = useQuery({
    queryKey: ['transcript', id],
    queryFn: ({ signal }) => api<{ turns: PublicTurn[] }>(`${path}/transcript`, { signal }),
    enabled: liveTurns?.length === 0 && mayReadWords(session),
  })
  const contact = live ?? past.data ?? null
  const turns = useMemo(() => orderTurns(liveTurns?.length ? liveTurns : (pastTurns.data?.turns ?? noTurns)), [liveTurns, pastTurns.data])
  const isLive = live !== null && live.state !== 'ended' && live.state !== 'wrapUp'
  useDocumentTitle(contact?.queue ? `${queueTitle(contact)}, conversation` : 'Conversation')

  if (contacts === null) return <main className="page" id="content" aria-busy="true" aria-label="Loading the conversation" />
  if (!contact && past.error) return <Missing id={id} error={past.error} />
  return (
    <main className="page contact-page" id="content">
      <ContactHeader id={id} contact={contact} />
      {mayReadWords(session) ? (
        <Transcript turns={turns} alerts={alerts ?? []} timeZone={session.timeZone} isLive={isLive} />
      ) : (
        <p className="panel empty">You may not read what was said: the scope “transcripts” is missing.</p>
      )}
      <ContactAside contact={contact} turns={turns} alerts={alerts ?? []} />
    </main>
  )
}

function Missing({ id, error }: { id: string; error: Error }) {
  const unknown = error instanceof ApiProblem && error.problem.status === 404
  return (
    <main className="page" id="content">
      <h1>{unknown ? 'This contact is not known here' : 'This contact cannot be shown'}</h1>
      <p className="contact-id">{id}</p>
      <p>
        {unknown
          ? 'It may be outside of what you may see, or it has left the history.'
          : error instanceof ApiProblem
            ? error.problem.detail
            : 'The server does not answer.'}
      </p>
    </main>
  )
}
