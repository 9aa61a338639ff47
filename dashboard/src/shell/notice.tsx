import { formatTimeOfDay } from '../format.ts'
import { useFreshness, useLiveState } from '../live/react.tsx'
import { LevelShape } from '../ui/level-mark.tsx'
import { useSession } from './session-context.tsx'

/** One line under the strip, only when there is something to say: a lost connection before the demo's label. */
export function Notice() {
  const { demo, timeZone } = useSession()
  const freshness = useFreshness()
  const asOf = useLiveState((s) => s.asOf)
  const demoNow = useLiveState((s) => s.status?.demo ?? demo)
  const lost = freshness === 'lost'
  return (
    <div className={`notice ${lost ? 'notice-lost' : ''}`} role="status" hidden={!lost && !demoNow}>
      {lost ? (
        <>
          <LevelShape level="red" />
          <span>
            <strong>Connection lost</strong>
            {asOf === null ? ', nothing received yet' : ', showing data as of '}
            {asOf !== null && <strong>{formatTimeOfDay(asOf, timeZone)}</strong>}. The page tries again by itself.
          </span>
        </>
      ) : (
        <>
          <strong>Demo data</strong>
          <span aria-hidden="true">·</span> Voice and chat centre <span aria-hidden="true">·</span>
          <span>
            connect your own instance: set <code>CALLBOARD_SOURCES</code> and start again
          </span>
        </>
      )}
    </div>
  )
}
