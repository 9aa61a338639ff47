import { memo, useMemo } from 'react'
import { pageOf } from '../../board/pace.ts'
import { stayingQueues, type QueueLine, type Rate } from '../../board/queues.ts'
import { formatCount } from '../../format.ts'
import { useSecond } from '../../live/react.tsx'
import { LevelBadge, LevelShape } from '../../ui/level-mark.tsx'
import { Since } from '../../ui/since.tsx'
import { COLUMN, useMedia } from '../../ui/use-media.ts'

const PLACES = 12
/** Up to so many lines stand in the large type. */
const ROOMY_PLACES = 8
const SERVING = 'agents who serve this queue; one who serves several counts in each'

export const QueueTable = memo(function QueueTable({ lines }: { lines: readonly QueueLine[] | null }) {
  return (
    <section className="panel queues" data-group="contacts" aria-labelledby="queues-title">
      {lines ? <Lines lines={lines} /> : <h2 id="queues-title">Queues</h2>}
      {lines?.length === 0 && <p className="empty">No queue has been seen yet. Queues appear with their first contact or agent.</p>}
    </section>
  )
})

function Lines({ lines }: { lines: readonly QueueLine[] }) {
  const isColumn = useMedia(COLUMN)
  const second = useSecond()
  const byId = useMemo(() => new Map(lines.map((l) => [l.id, l])), [lines])
  const { ids, page, pages } = pageOf(
    lines.map((l) => l.id),
    stayingQueues(lines),
    isColumn ? Infinity : PLACES,
    second,
  )
  return (
    <>
      <h2 id="queues-title">
        Queues <span className="panel-note">worst first · agents count in every queue they serve</span>
        {pages > 1 && (
          <span className="panel-page">
            {lines.length} queues · page {page + 1} of {pages}
          </span>
        )}
      </h2>
      <table className={lines.length > ROOMY_PLACES ? 'dense' : undefined}>
        <thead>
          <tr>
            <th scope="col" className="left">
              Queue
            </th>
            <th scope="col">Waiting</th>
            <th scope="col">Longest</th>
            <th scope="col" title={SERVING}>
              Agents free
            </th>
            <th scope="col" title={SERVING}>
              Agents busy
            </th>
            <th scope="col" title="Service level of the last 30 minutes">
              SL 30 min
            </th>
            <th scope="col" title="Service level of the business day">
              SL today
            </th>
            <th scope="col">Answered</th>
            <th scope="col" title="Abandoned, percent of offered, today">
              Aband. %
            </th>
            <th scope="col" title="Average queue answer time today">
              Answer in
            </th>
          </tr>
        </thead>
        <tbody>
          {ids.map((id) => {
            const line = byId.get(id)
            return line && <Line key={id} line={line} />
          })}
          {!isColumn && <Fillers count={ROOMY_PLACES - ids.length} />}
        </tbody>
      </table>
    </>
  )
}

/** Empty places, so that few lines do not stretch over the whole panel. */
function Fillers({ count }: { count: number }) {
  return Array.from({ length: Math.max(0, count) }, (_, place) => (
    <tr key={`place ${place}`} className="filler" aria-hidden="true">
      <td colSpan={10} />
    </tr>
  ))
}

const Line = memo(function Line({ line }: { line: QueueLine }) {
  return (
    <tr className={`line line-${line.level} ${line.waiting === 0 ? 'line-quiet' : ''}`}>
      <th scope="row">
        <span className="queue-cell">
          <span className="queue-name">{line.name}</span>
          <LevelBadge level={line.level} word={line.word} />
        </span>
      </th>
      <td className={`strong level-${line.waitLevel}`}>{formatCount(line.waiting)}</td>
      <td className={`strong level-${line.waitLevel}`}>
        <span className="cell-mark">
          <LevelShape level={line.waitLevel} />
        </span>
        {line.oldestAt === null ? '–' : <Since at={line.oldestAt} />}
      </td>
      <td>{formatCount(line.available)}</td>
      <td>{formatCount(line.onContact)}</td>
      <RateCell rate={line.serviceLevel30} />
      <RateCell rate={line.serviceLevelToday} />
      <td>{formatCount(line.answered)}</td>
      <RateCell rate={line.abandoned} bare />
      <td>{line.answerTime}</td>
    </tr>
  )
})

function RateCell({ rate, bare = false }: { rate: Rate; bare?: boolean }) {
  return (
    <td className={`level-${rate.level} ${rate.muted ? 'muted' : ''}`}>
      <span className="cell-mark">
        <LevelShape level={rate.level} />
      </span>
      {rate.text}
      {rate.muted ? <span className="n"> n {rate.n}</span> : !bare && rate.text !== '–' && <span className="percent"> %</span>}
    </td>
  )
}
