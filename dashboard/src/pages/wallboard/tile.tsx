import { memo } from 'react'
import type { TileModel } from '../../board/tiles.ts'
import { LevelBadge } from '../../ui/level-mark.tsx'
import { BigSince } from '../../ui/since.tsx'

export const Tile = memo(function Tile({ tile }: { tile: TileModel }) {
  const { figure } = tile
  const letters = figure.type === 'text' ? figure.main.length : 4
  return (
    <article className={`tile tile-${tile.level} ${tile.muted ? 'muted' : ''}`} data-group={tile.group} data-tile={tile.id}>
      <h2>{tile.label}</h2>
      <p className={`figure figure-${Math.min(letters, 6)}`}>
        {figure.type === 'since' ? <BigSince at={figure.at} /> : figure.main}
        {figure.type === 'text' && figure.unit && <span className="unit">{figure.unit}</span>}
      </p>
      <p className="tile-small">{tile.small}</p>
      {/* The last line belongs to the alarm: it never stands on a figure. */}
      <p className="tile-foot">{tile.level === 'none' ? tile.foot : <LevelBadge level={tile.level} word={tile.word} />}</p>
    </article>
  )
})
