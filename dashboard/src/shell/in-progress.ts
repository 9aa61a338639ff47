import { useEffect } from 'react'
import { queries } from '../board/engine.ts'
import { useLive, useLiveState } from '../live/react.tsx'
import { metricsOf } from '../live/rows.ts'

/** Conversations going on and callers waiting: whether a quiet source means anything. */
export function useInProgress(): number {
  const { client } = useLive()
  useEffect(() => client.watch(queries.metrics), [client])
  return useLiveState((s) => {
    const values = metricsOf(s, queries.metrics)
    return (values?.['AGENTS_ON_CONTACT'] ?? 0) + (values?.['CONTACTS_IN_QUEUE'] ?? 0)
  })
}
