import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useLocation } from 'react-router'
import type { PublicAlert, PublicTurn } from '#contracts/public'
import { momentOf } from './moment.ts'
import { Turn, turnElementId } from './turn.tsx'

const NEAR_END_PX = 48

/** Follows what is being said, until the reader scrolls up; a moment in the address comes first. */
export const Transcript = memo(function Transcript(props: {
  turns: readonly PublicTurn[]
  alerts: readonly PublicAlert[]
  timeZone: string
  isLive: boolean
}) {
  const { turns, alerts, timeZone, isLive } = props
  const { search, hash, key } = useLocation()
  const moment = momentOf(search, hash, turns)
  const box = useRef<HTMLOListElement>(null)
  const [follows, setFollows] = useState(isLive && moment === null && search === '' && hash === '')
  const last = turns.at(-1)
  const newest = `${turns.length}/${last?.text.length ?? 0}`

  useLayoutEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follows, newest])

  // Once for each address: turns that come later do not pull the reader back.
  const shownFor = useRef<string | null>(null)
  useEffect(() => {
    if (moment === null || shownFor.current === key) return
    shownFor.current = key
    setFollows(false)
    const element = document.getElementById(turnElementId(moment))
    element?.scrollIntoView({ block: 'center' })
    element?.focus({ preventScroll: true })
  }, [moment, key])

  // Only a reader who scrolls up stops the following; a window that changes its size does not.
  const lastTop = useRef(0)
  function onScroll(): void {
    const list = box.current
    if (!list) return
    const { scrollTop, scrollHeight, clientHeight } = list
    if (isLive && scrollHeight - scrollTop - clientHeight < NEAR_END_PX) setFollows(true)
    else if (scrollTop < lastTop.current) setFollows(false)
    lastTop.current = scrollTop
  }

  return (
    <section className="panel transcript" aria-labelledby="transcript-title">
      <h2 id="transcript-title">
        Transcript
        <span className="panel-page">
          {turns.length} turns{isLive ? ', live' : ''}
        </span>
      </h2>
      {turns.length === 0 && (
        <p className="empty">
          {isLive ? 'Nothing has been said yet, or this contact is not analysed.' : 'There is no transcript of this contact.'}
        </p>
      )}
      {/* A scrolling region must be reachable by keyboard. */}
      <ol ref={box} onScroll={onScroll} tabIndex={0} aria-label="What was said, in order">
        {turns.map((turn) => (
          <Turn key={turn.segmentId} turn={turn} alerts={alerts} timeZone={timeZone} isMoment={turn.segmentId === moment} />
        ))}
      </ol>
      {isLive && !follows && turns.length > 0 && (
        <button type="button" className="to-newest" onClick={() => setFollows(true)}>
          To what is being said now ↓
        </button>
      )}
    </section>
  )
})
