import { useEffect, useReducer, type Dispatch } from 'react'
import { Link } from 'react-router'
import type { PublicAlert } from '#contracts/public'
import { alertLine, momentLink } from '../board/alerts.ts'
import { queries } from '../board/engine.ts'
import { useLive, useLiveState, usePreparing, useRows } from '../live/react.tsx'
import { LevelShape } from '../ui/level-mark.tsx'
import { SaidWords } from '../ui/said.tsx'
import { Since } from '../ui/since.tsx'
import { dismissAlert, followAlerts, nothingSeen, type SeenAlerts } from './new-alerts.ts'

const SHOWN_MS = 45_000

type Action =
  | { type: 'follow'; rows: readonly PublicAlert[] | null; announced: readonly PublicAlert[] }
  | { type: 'dismiss'; id: string }
  | { type: 'forget' }
function reduce(state: SeenAlerts, action: Action): SeenAlerts {
  switch (action.type) {
    case 'forget':
      return nothingSeen
    case 'dismiss':
      return dismissAlert(state, action.id)
    default:
      return followAlerts(state, action.rows, action.announced)
  }
}

/** Alerts as they come, in a column of their own beside the page: they cover nothing. On the wall the alerts tile shows them; here they are only spoken. */
export function Toasts({ quiet }: { quiet: boolean }) {
  const { rows } = useRows(queries.alerts)
  const announced = useLiveState((s) => s.announced)
  const [{ fresh }, dispatch] = useReducer(reduce, nothingSeen)
  const preparing = usePreparing()
  // Alerts of a past that is being played are no news.
  useEffect(() => dispatch(preparing ? { type: 'forget' } : { type: 'follow', rows, announced }), [preparing, rows, announced])
  return (
    <section className={quiet ? 'toasts hidden' : 'toasts'} aria-label="New alerts" aria-live="polite" data-count={fresh.length}>
      {fresh.map((alert) => (
        <Toast key={alert.id} alert={alert} quiet={quiet} dispatch={dispatch} />
      ))}
    </section>
  )
}

function Toast({ alert, quiet, dispatch }: { alert: PublicAlert; quiet: boolean; dispatch: Dispatch<Action> }) {
  const line = alertLine(alert)
  useLeave(alert.id, dispatch)
  const level = line.severity === 'critical' ? 'red' : 'amber'
  return (
    <article className={`toast toast-${level}`}>
      <h2>
        <LevelShape level={level} />
        {quiet ? line.ruleName : <Link to={momentLink(line.contactId, line.segmentId, line.offsetMs)}>{line.ruleName}</Link>}
      </h2>
      <p className="toast-where">
        {[line.queue, line.agent].filter(Boolean).join(' · ')}{' '}
        <span aria-hidden="true">· {<Since at={line.sinceAt} until={line.endedAt} />}</span>
      </p>
      {line.said && <SaidWords said={line.said} />}
      {!quiet && (
        <button
          type="button"
          className="toast-close"
          onClick={() => dispatch({ type: 'dismiss', id: alert.id })}
          aria-label={`Close alert ${line.ruleName}`}
        >
          ×
        </button>
      )}
    </article>
  )
}

/** Leaves by itself, counted from its appearance. */
function useLeave(id: string, dispatch: Dispatch<Action>): void {
  const { timers } = useLive()
  useEffect(() => timers.after(SHOWN_MS, () => dispatch({ type: 'dismiss', id })), [timers, id, dispatch])
}
