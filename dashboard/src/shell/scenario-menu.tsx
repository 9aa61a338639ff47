import { useMutation, useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import type { DemoState } from '#contracts/demo'
import { api, ApiProblem } from '../api.ts'
import { lineByLetter, nextLine } from './demo-words.ts'
import { Popover } from './popover.tsx'

const MENU_ID = 'scenarios'

/** The profiles of the demo; choosing one makes the whole server begin anew with it. */
export function ScenarioMenu({ playing }: { playing: string | null }) {
  const [open, setOpen] = useState(false)
  const { data } = useQuery({ queryKey: ['demo'], queryFn: () => api<DemoState>('/demo'), staleTime: Infinity })
  const change = useMutation({
    mutationFn: (profile: string) => api('/demo', { method: 'POST', body: { profile } }),
    onSuccess: () => setOpen(false),
  })
  const current = playing ?? data?.profile
  return (
    <Popover label="change scenario" kind="menu" id={MENU_ID} open={open} setOpen={setOpen}>
      <div className="popup scenarios">
        {data ? (
          <Lines
            profiles={data.profiles}
            current={current}
            choose={(name) => (name === current ? setOpen(false) : change.mutate(name))}
            busy={change.isPending}
          />
        ) : (
          <p className="popup-note">The list is being read …</p>
        )}
        <p className="popup-note">The demo begins anew with the scenario you choose, for everybody who looks. Rules and webhooks stay.</p>
        {change.error && (
          <p className="popup-problem" role="alert">
            Not changed: {change.error instanceof ApiProblem ? change.error.problem.detail : 'the server does not answer.'}
          </p>
        )}
      </div>
    </Popover>
  )
}

interface LinesProps {
  profiles: DemoState['profiles']
  current: string | undefined
  choose: (name: string) => void
  busy: boolean
}

function Lines({ profiles, current, choose, busy }: LinesProps) {
  const list = useRef<HTMLDivElement>(null)
  const lineAt = (i: number): HTMLElement | undefined => list.current?.querySelectorAll<HTMLElement>('[role="menuitemradio"]')[i]
  const first = Math.max(
    0,
    profiles.findIndex(({ name }) => name === current),
  )
  // When it opens; later the focus is the reader's.
  useEffect(() => list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus(), [list])
  function onKey(event: KeyboardEvent, at: number): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const titles = profiles.map(({ title }) => title)
    const to = nextLine(event.key, at, profiles.length) ?? lineByLetter(event.key, at, titles)
    if (to === null) return
    event.preventDefault()
    lineAt(to)?.focus()
  }
  return (
    <div role="menu" id={MENU_ID} aria-label="Scenarios of the demo" className="scenario-list" ref={list}>
      {profiles.map(({ name, title, description }, i) => (
        <button
          key={name}
          type="button"
          role="menuitemradio"
          aria-checked={name === current}
          aria-disabled={busy}
          tabIndex={i === first ? 0 : -1}
          className="scenario"
          onClick={() => !busy && choose(name)}
          onKeyDown={(event) => onKey(event, i)}
        >
          <span className="scenario-mark" aria-hidden="true">
            {name === current ? '✓' : ''}
          </span>
          <span className="scenario-title">
            {title}
            {name === current && <span className="scenario-now">shown now</span>}
          </span>
          <span className="scenario-description">{description}</span>
        </button>
      ))}
    </div>
  )
}
