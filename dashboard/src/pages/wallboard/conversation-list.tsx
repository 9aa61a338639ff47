import { memo } from 'react'
import { Link } from 'react-router'
import type { ConversationLine } from '../../board/conversations.ts'
import { LevelBadge } from '../../ui/level-mark.tsx'
import { MarkedText } from '../../ui/marked-text.tsx'
import { roleName } from '../../ui/said.tsx'
import { ScoreTrend } from '../../ui/sentiment-mark.tsx'
import { Since } from '../../ui/since.tsx'

export const ConversationList = memo(function ConversationList(props: {
  lines: readonly ConversationLine[] | null
  count: number
  negative: number
}) {
  return (
    <section className="panel conversations" data-group="words" aria-labelledby="conversations-title">
      <h2 id="conversations-title">
        Live conversations
        <span className="panel-page">
          <b>{props.count}</b> now · <b>{props.negative}</b> negative
        </span>
      </h2>
      {props.lines?.length === 0 && <p className="empty">Nobody is talking.</p>}
      <ol>
        {props.lines?.map((line) => (
          <Line key={line.id} line={line} />
        ))}
      </ol>
    </section>
  )
})

const Line = memo(function Line({ line }: { line: ConversationLine }) {
  return (
    <li className={`conversation score-${line.scoreLevel}`}>
      <ScoreTrend score={line.score} direction={line.direction} muted={line.muted} />
      <div className="conversation-main">
        <p className="conversation-head">
          <Link to={`/contacts/${encodeURIComponent(line.id)}`}>
            {[line.queue, line.agent].filter(Boolean).join(' · ') || line.channel}
          </Link>
          <LevelBadge level={line.level} word={line.word} />
        </p>
        {/* The end of what was said is the news: the words are cut at their beginning, never who says them. */}
        <p className="ticker">
          {line.said && (
            <>
              <span className="said-role">{roleName(line.said.role)}</span>{' '}
              <span className="ticker-words">
                <bdi>
                  <MarkedText text={line.said.text} ranges={line.said.marks} />
                  {line.said.partial && ' …'}
                </bdi>
              </span>
            </>
          )}
        </p>
      </div>
      <span className="conversation-since">
        <Since at={line.sinceAt} />
      </span>
    </li>
  )
})
