import { memo } from 'react'
import { Link } from 'react-router'
import { faceWord, type AgentFace, type AgentLine, type FaceCounts } from '../../board/agents.ts'
import { FaceIcon } from '../../ui/icons.tsx'
import { LevelBadge } from '../../ui/level-mark.tsx'
import { Since } from '../../ui/since.tsx'
import { COLUMN, useMedia } from '../../ui/use-media.ts'

const PLACES = 9
const counted: readonly AgentFace[] = ['available', 'talking', 'hold', 'ringing', 'wrapUp', 'notReady', 'stale']

export const AgentList = memo(function AgentList({ lines, faces }: { lines: readonly AgentLine[] | null; faces: FaceCounts }) {
  const isColumn = useMedia(COLUMN)
  const shown = isColumn ? 20 : PLACES
  return (
    <section className="panel agents" data-group="agents" aria-labelledby="agents-title">
      <h2 id="agents-title">
        Agents <span className="panel-note">who need help first</span>
        {lines && lines.length > shown && (
          <span className="panel-page">
            {shown} of {lines.length}
          </span>
        )}
      </h2>
      {lines?.length === 0 && <p className="empty">Nobody is signed in.</p>}
      <ul>
        {lines?.slice(0, shown).map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ul>
      <p className="faces">
        {counted.map((face) =>
          faces[face] ? (
            <span key={face} className={`face-count is-${face}`}>
              <FaceIcon face={face} />
              <b>{faces[face]}</b> {faceWord(face).toLowerCase()}
            </span>
          ) : null,
        )}
      </p>
    </section>
  )
})

const Line = memo(function Line({ line }: { line: AgentLine }) {
  return (
    <li className={`line line-${line.level} is-${line.face}`}>
      <FaceIcon face={line.face} />
      <span className="agent-name">
        {line.contactId ? <Link to={`/contacts/${encodeURIComponent(line.contactId)}`}>{line.name}</Link> : line.name}
      </span>
      <span className="agent-state">
        {line.level === 'none' ? (
          line.word
        ) : (
          <LevelBadge level={line.level} word={line.levelWord === 'needs a look' ? line.word : line.levelWord} />
        )}
      </span>
      <span className="agent-detail">{line.detail}</span>
      <span className="agent-since">
        <Since at={line.sinceAt} />
      </span>
    </li>
  )
})
