import { memo, useMemo } from 'react'
import { Link } from 'react-router'
import type { PublicTurn } from '#contracts/public'
import { formatOffset, formatScore } from '../../format.ts'
import { roleName } from '../../ui/said.tsx'
import { HEIGHT, prepareScoreChart, WIDTH, yOf, type ChartModel } from './score-chart-model.ts'

/** How the two sides felt, turn by turn. The customer's line is solid and thick, the agent's thin and dashed. */
export const ScoreChart = memo(function ScoreChart({ turns }: { turns: readonly PublicTurn[] }) {
  const chart = useMemo(() => prepareScoreChart(turns), [turns])
  if (chart.lines.every((l) => l.points.length === 0)) return <p className="empty">No turn with a sentiment yet.</p>
  return (
    <figure className="score-chart">
      <div className="score-box">
        <span className="y-label y-top">+5</span>
        <span className="y-label y-middle">0</span>
        <span className="y-label y-bottom">−5</span>
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={summary(chart)}>
          {chart.ticks.map((tick) => (
            <line key={tick.ms} className="grid" x1={tick.x} x2={tick.x} y1="0" y2={HEIGHT} />
          ))}
          <line className="zero" x1="0" x2={WIDTH} y1={yOf(0)} y2={yOf(0)} />
          {chart.lines.toReversed().map((line) => (
            <path key={line.role} className={`line-${line.role.toLowerCase()}`} d={line.path} />
          ))}
        </svg>
        {chart.ticks.map((tick) => (
          <span
            key={tick.ms}
            className={tick.x > 0.95 * WIDTH ? 'x-label x-last' : 'x-label'}
            style={{ left: `${(tick.x / WIDTH) * 100}%` }}
          >
            {formatOffset(tick.ms)}
          </span>
        ))}
      </div>
      <figcaption>
        {chart.lines.map((line) => (
          <span key={line.role} className="legend">
            <svg viewBox="0 0 28 8" aria-hidden="true">
              <path className={`line-${line.role.toLowerCase()}`} d="M0 4H28" />
            </svg>
            {roleName(line.role)} <b>{formatScore(line.last)}</b>
          </span>
        ))}
      </figcaption>
      <Points chart={chart} />
    </figure>
  )
})

function summary({ lines }: ChartModel): string {
  return `Running sentiment score from −5 to +5. ${lines
    .map((l) =>
      l.last === null ? `${roleName(l.role)}: none yet` : `${roleName(l.role)}: ${formatScore(l.last)} after ${l.points.length} turns`,
    )
    .join('. ')}.`
}

function Points({ chart }: { chart: ChartModel }) {
  const points = chart.lines.flatMap((l) => l.points.map((p) => ({ ...p, role: l.role }))).sort((a, b) => a.offsetMs - b.offsetMs)
  return (
    <details>
      <summary>As a table</summary>
      <table className="plain-table">
        <thead>
          <tr>
            <th scope="col">At</th>
            <th scope="col">Speaker</th>
            <th scope="col">Score</th>
          </tr>
        </thead>
        <tbody>
          {points.map((p) => (
            <tr key={p.segmentId}>
              <td>
                <Link to={`#t=${p.offsetMs}`}>{formatOffset(p.offsetMs)}</Link>
              </td>
              <td>{roleName(p.role)}</td>
              <td>{formatScore(p.score)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
