import { useQueryClient } from '@tanstack/react-query'
import { Fragment, useEffect, useRef, type ReactNode } from 'react'
import { useLocation, useNavigate } from 'react-router'
import { useDemoRound, useFreshness, useLiveState } from '../live/react.tsx'
import { Notice } from './notice.tsx'
import { Strip } from './strip.tsx'
import { Toasts } from './toasts.tsx'

/** What every page has: the strip with the age of the data, the notice line, alerts as they come, and `/` for search. */
export function Shell({ children }: { children: ReactNode }) {
  const { pathname } = useLocation()
  const freshness = useFreshness()
  useSlashForSearch()
  useSessionCheck()
  const round = useDemoRound()
  useNewDemo(round)
  const isWall = pathname === '/'
  // These pages fill the window and scroll inside; others scroll as a whole.
  const isFixed = isWall || pathname.startsWith('/contacts/')
  return (
    <div className={`shell ${isFixed ? 'shell-fixed' : ''}`} data-freshness={freshness}>
      <a className="skip" href="#content">
        To the content
      </a>
      <Strip />
      <Notice />
      <div className="stage">
        <Fragment key={round}>{children}</Fragment>
        <Toasts quiet={isWall} />
      </div>
    </div>
  )
}

/** The server no longer knows this browser: who looks is asked again, and the way in is shown. */
function useSessionCheck(): void {
  const client = useQueryClient()
  const isRefused = useLiveState((s) => s.connection === 'refused')
  useEffect(() => {
    if (isRefused) void client.invalidateQueries({ queryKey: ['session'] })
  }, [client, isRefused])
}

/** Another contact centre: what was read of the one before is void, and its pages lead nowhere. */
function useNewDemo(round: number): void {
  const client = useQueryClient()
  const navigate = useNavigate()
  const last = useRef(round)
  useEffect(() => {
    if (last.current === round) return
    last.current = round
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' && queryKey[0] !== 'demo' })
    void navigate('/')
  }, [round, client, navigate])
}

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

export const SEARCH_BOX_ID = 'search-box'

function useSlashForSearch(): void {
  const navigate = useNavigate()
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
      event.preventDefault()
      const box = document.getElementById(SEARCH_BOX_ID)
      if (box) box.focus()
      else void navigate('/search')
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate])
}
