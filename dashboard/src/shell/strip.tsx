import { memo } from 'react'
import { NavLink, useLocation } from 'react-router'
import type { SourceStatus } from '#contracts/live'
import { formatAge, formatDay, formatTimeOfDay, formatZone } from '../format.ts'
import { useClock, useFreshness, useLiveState, usePreparing } from '../live/react.tsx'
import { judgeSource } from '../live/sources.ts'
import { LevelShape } from '../ui/level-mark.tsx'
import { useInProgress } from './in-progress.ts'
import { useSession } from './session-context.tsx'

const titles: readonly [RegExp, string][] = [
  [/^\/$/, 'Today'],
  [/^\/contacts\//, 'Conversation'],
  [/^\/search/, 'Search'],
]

export function Strip() {
  const { pathname } = useLocation()
  const title = titles.find(([path]) => path.test(pathname))?.[1] ?? 'Callboard'
  return (
    <header className="strip">
      <div className="strip-title">
        <span className="strip-name">{title}</span>
        <span className="strip-scope">All queues</span>
      </div>
      <nav aria-label="Pages" className="strip-nav">
        <NavLink to="/" end>
          Wallboard
        </NavLink>
        <NavLink to="/search">
          Search <kbd aria-label="key slash">/</kbd>
        </NavLink>
      </nav>
      <Sources />
      <Clock />
    </header>
  )
}

const none: readonly SourceStatus[] = []

function Sources() {
  const sources = useLiveState((s) => s.status?.sources ?? none)
  const inProgress = useInProgress()
  return (
    <ul className="sources" aria-label="Age of the data, by source">
      {sources.map((source) => (
        <Source key={source.name} source={source} inProgress={inProgress} />
      ))}
    </ul>
  )
}

const Source = memo(function Source({ source, inProgress }: { source: SourceStatus; inProgress: number }) {
  const age = judgeSource(source, inProgress, usePreparing())
  return (
    <li className={`source source-${age.level}`} title={`${source.name}: newest event ${formatAge(age.ageSeconds)} ago`}>
      <span className="source-name">{age.label}</span>
      <span className="source-age">
        <LevelShape level={age.level} />
        {age.ageSeconds === null ? age.word : `${formatAge(age.ageSeconds)}${age.word ? ` ${age.word}` : ''}`}
      </span>
    </li>
  )
})

function Clock() {
  const { timeZone } = useSession()
  const second = useClock()
  const asOf = useLiveState((s) => s.asOf)
  const freshness = useFreshness()
  return (
    <div className="clock">
      <span className="clock-side">
        <span>
          {formatDay(second, timeZone)} <abbr title={timeZone}>{formatZone(second, timeZone)}</abbr>
        </span>
        <span className="clock-asof">{freshness === 'starting' ? 'connecting …' : `as of ${formatTimeOfDay(asOf, timeZone)}`}</span>
      </span>
      <time className="clock-time" dateTime={new Date(second).toISOString()}>
        {formatTimeOfDay(second, timeZone)}
      </time>
    </div>
  )
}
