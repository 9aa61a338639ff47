import type { Level } from '../board/levels.ts'

/** The shape of a level: nothing, a triangle, a square. Drawn, so that it looks the same with every font. */
export function LevelShape({ level }: { level: Level }) {
  if (level === 'none') return null
  return (
    <svg className={`shape shape-${level}`} viewBox="0 0 12 12" aria-hidden="true">
      {level === 'amber' ? <path d="M6 0.5 12 11.5H0Z" /> : <rect x="0.5" y="0.5" width="11" height="11" />}
    </svg>
  )
}

const spoken = { amber: 'warning', red: 'alert' } as const

/** Shape and word together; for a reader the level is said too. */
export function LevelBadge({ level, word }: { level: Level; word: string }) {
  if (level === 'none') return null
  return (
    <span className={`badge badge-${level}`}>
      <LevelShape level={level} />
      <span className="hidden">{spoken[level]}: </span>
      <span className="badge-word">{word}</span>
    </span>
  )
}
