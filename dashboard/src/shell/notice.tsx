import type { ReactNode } from 'react'
import { formatTimeOfDay } from '../format.ts'
import { useFreshness, useLiveState } from '../live/react.tsx'
import { LevelShape } from '../ui/level-mark.tsx'
import { ConnectHelp } from './connect-help.tsx'
import { historyWords } from './demo-words.ts'
import { ScenarioMenu } from './scenario-menu.tsx'
import { useSession } from './session-context.tsx'

/** One line under the strip, only when there is something to say: a lost connection before the demo's label. */
export function Notice() {
  const { demo, timeZone } = useSession()
  const freshness = useFreshness()
  const asOf = useLiveState((s) => s.asOf)
  const demoNow = useLiveState((s) => s.status?.demo ?? demo)
  const lost = freshness === 'lost'
  const words = historyWords(useLiveState((s) => s.status))
  return (
    <div className={`notice ${lost ? 'notice-lost' : ''}`} hidden={!lost && !demoNow}>
      {!lost && demoNow && <Demo />}
      <div className="notice-news" role="status">
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
          words
        )}
      </div>
    </div>
  )
}

function Demo() {
  const { scopes } = useSession()
  const status = useLiveState((s) => s.status)
  return (
    <>
      <strong>Demo data</strong>
      {status?.profile && <Part>{status.profile.title}</Part>}
      {scopes.includes('admin') && (
        <Part>
          <ScenarioMenu playing={status?.profile?.name ?? null} />
        </Part>
      )}
      <Part>
        <ConnectHelp />
      </Part>
    </>
  )
}

function Part({ children }: { children: ReactNode }) {
  return (
    <>
      <span aria-hidden="true">·</span>
      <span>{children}</span>
    </>
  )
}
