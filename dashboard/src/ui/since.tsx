import { memo } from 'react'
import { formatDuration, splitDuration } from '../format.ts'
import { useSecond } from '../live/react.tsx'

/** A running clock. Nothing travels for it: the server said since when, the page counts. */
export const Since = memo(function Since({ at, until }: { at: number; until?: number | null }) {
  const second = useSecond()
  return <span className="since">{formatDuration(((until ?? second) - at) / 1000)}</span>
})

export const BigSince = memo(function BigSince({ at }: { at: number }) {
  const { main, minor } = splitDuration((useSecond() - at) / 1000)
  return (
    <>
      {main}
      {minor && <span className={minor.startsWith(':') ? 'minor' : 'minor minor-unit'}>{minor}</span>}
    </>
  )
})
