import { memo, useMemo } from 'react'
import { Link } from 'react-router'
import type { PublicAlert, PublicTurn } from '#contracts/public'
import { marksOf } from '../../board/marks.ts'
import { formatOffset, formatTimeOfDay } from '../../format.ts'
import { MarkedText } from '../../ui/marked-text.tsx'
import { roleName } from '../../ui/said.tsx'
import { SentimentMark } from '../../ui/sentiment-mark.tsx'

export const turnElementId = (segmentId: string): string => `turn-${segmentId}`

/** One thing said. Speakers differ by side, name and line; a turn that is still being spoken is italic and ends in dots. */
export const Turn = memo(function Turn(props: { turn: PublicTurn; alerts: readonly PublicAlert[]; timeZone: string; isMoment: boolean }) {
  const { turn, alerts, timeZone, isMoment } = props
  const marks = useMemo(() => marksOf(turn, alerts), [turn, alerts])
  const when = turn.time === null ? undefined : `${turn.timeEstimated ? 'about ' : ''}${formatTimeOfDay(Date.parse(turn.time), timeZone)}`
  return (
    <li
      id={turnElementId(turn.segmentId)}
      tabIndex={-1}
      className={`turn turn-${turn.participantRole.toLowerCase()} ${turn.partial ? 'turn-partial' : ''} ${isMoment ? 'turn-moment' : ''}`}
      aria-current={isMoment ? 'location' : undefined}
    >
      <p className="turn-head">
        <span className="turn-role">{roleName(turn.participantRole)}</span>
        <Link to={`#t=${turn.offsetMs ?? 0}`} className="turn-offset" title={when}>
          {formatOffset(turn.offsetMs)}
        </Link>
        {turn.sentiment && <SentimentMark sentiment={turn.sentiment} />}
        {marks.length > 0 && <span className="turn-alert">alert</span>}
      </p>
      <p className="turn-text">
        <MarkedText text={turn.text} ranges={marks} />
        {turn.partial && <span aria-label="still speaking"> …</span>}
      </p>
    </li>
  )
})
