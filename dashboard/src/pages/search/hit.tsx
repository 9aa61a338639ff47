import { memo } from 'react'
import { Link } from 'react-router'
import type { PublicContact, PublicTurn } from '#contracts/public'
import { momentLink } from '../../board/alerts.ts'
import type { Range } from '../../board/marks.ts'
import { formatDay, formatOffset, formatTimeOfDay } from '../../format.ts'
import { MarkedText } from '../../ui/marked-text.tsx'
import { roleName } from '../../ui/said.tsx'
import { SentimentMark } from '../../ui/sentiment-mark.tsx'

/** As INTERFACES.md, "Search language"; not in contracts yet. */
export interface SearchHit {
  contactId: string
  segmentId: string
  time: string | null
  offsetMs: number | null
  participantRole: string
  text: string
  highlights: readonly Range[]
  sentiment: PublicTurn['sentiment']
  contact: Partial<Pick<PublicContact, 'queue' | 'agent' | 'channel'>> | null
}

export const Hit = memo(function Hit({ hit, timeZone }: { hit: SearchHit; timeZone: string }) {
  const at = hit.time === null ? null : Date.parse(hit.time)
  return (
    <li className={`hit turn-${hit.participantRole.toLowerCase()}`}>
      <p className="hit-head">
        <span className="turn-role">{roleName(hit.participantRole)}</span>
        <span className="hit-where">{[hit.contact?.queue?.name, hit.contact?.agent?.name].filter(Boolean).join(' · ')}</span>
        {hit.sentiment && <SentimentMark sentiment={hit.sentiment} />}
        <span className="hit-when">
          {at === null ? '' : `${formatDay(at, timeZone)}, ${formatTimeOfDay(at, timeZone)}`} ·{' '}
          <span title="Into the contact">{formatOffset(hit.offsetMs)}</span>
        </span>
      </p>
      <Link className="hit-text" to={momentLink(hit.contactId, hit.segmentId, hit.offsetMs)}>
        <MarkedText text={hit.text} ranges={hit.highlights} />
      </Link>
    </li>
  )
})
