import type { AgentFace } from '../board/agents.ts'

/** Shapes that differ in outline, not only in colour; the word always stands beside them. */
const paths: Readonly<Record<AgentFace, string>> = {
  error: 'M4 4l12 12M16 4L4 16',
  missed: 'M3 6l7 6 7-6M3 6v5M3 6h5',
  rejected: 'M10 3a7 7 0 100 14 7 7 0 000-14zM5 5l10 10',
  ringing: 'M5 14V9a5 5 0 0110 0v5l2 2H3zM8.500 18.500h3',
  hold: 'M7 4v12M13 4v12',
  wrapUp: 'M4 16l1-4L14 3l3 3-9 9zM4 16l4-1',
  talking: 'M3 4h14v9H9l-4 4v-4H3z',
  notReady: 'M10 3a7 7 0 100 14 7 7 0 000-14zM10 6v4l3 2',
  available: 'M4 10l4.500 4.500L16 6',
  stale: 'M7 7a3 3 0 116 0c0 2-3 2-3 5M10 15.500v.500',
  offline: 'M4 10h12',
}

export function FaceIcon({ face }: { face: AgentFace }) {
  return (
    <svg className={`face face-${face}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={paths[face]} />
    </svg>
  )
}
