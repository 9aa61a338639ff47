import { memo } from 'react'
import { Link } from 'react-router'
import { momentLink, type AlertLine } from '../../board/alerts.ts'
import { LevelShape } from '../../ui/level-mark.tsx'
import { SaidWords } from '../../ui/said.tsx'
import { Since } from '../../ui/since.tsx'

export const AlertList = memo(function AlertList({ lines }: { lines: readonly AlertLine[] | null }) {
  return (
    <section className="panel alerts" data-group="words" aria-labelledby="alerts-title">
      <h2 id="alerts-title">
        Alerts <span className="panel-note">newest first, ended last</span>
      </h2>
      {lines?.length === 0 && <p className="empty">No open alert.</p>}
      <ol>
        {lines?.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
    </section>
  )
})

const Line = memo(function Line({ line }: { line: AlertLine }) {
  const isPast = line.endedAt !== null || line.contactOver
  const level = line.severity === 'critical' ? 'red' : 'amber'
  return (
    <li className={`alert ${isPast ? 'alert-closed' : `alert-${level}`}`}>
      <p className="alert-head">
        {!isPast && <LevelShape level={level} />}
        <Link to={momentLink(line.contactId, line.segmentId, line.offsetMs)} className="alert-rule">
          {line.ruleName}
        </Link>
        <span className="alert-where">{[line.queue, line.agent].filter(Boolean).join(' · ')}</span>
        <span className="alert-state">{line.stateWord}</span>
        <span className="alert-since">
          <Since at={line.sinceAt} />
        </span>
      </p>
      {line.said && <SaidWords said={line.said} />}
    </li>
  )
})
