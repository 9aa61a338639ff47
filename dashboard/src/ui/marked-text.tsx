import { useMemo } from 'react'
import { cut, type Range } from '../board/marks.ts'

export function MarkedText({ text, ranges }: { text: string; ranges: readonly Range[] }) {
  const pieces = useMemo(() => cut(text, ranges), [text, ranges])
  return <>{pieces.map((piece) => (piece.marked ? <mark key={piece.at}>{piece.text}</mark> : <span key={piece.at}>{piece.text}</span>))}</>
}
