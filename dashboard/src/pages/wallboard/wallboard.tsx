import { useMemo, useSyncExternalStore } from 'react'
import type { SourceStatus } from '#contracts/live'
import { createBoardEngine } from '../../board/engine.ts'
import { useFreshness, useLive, useLiveState, usePreparing } from '../../live/react.tsx'
import { groupsWithoutData, judgeSource } from '../../live/sources.ts'
import { mayReadWords } from '../../session.ts'
import { useSession } from '../../shell/session-context.tsx'
import { useInProgress } from '../../shell/in-progress.ts'
import { AgentList } from './agent-list.tsx'
import { AlertList } from './alert-list.tsx'
import { ConversationList } from './conversation-list.tsx'
import { QueueTable } from './queue-table.tsx'
import { Tile } from './tile.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'

export function Wallboard() {
  useDocumentTitle('Today')
  return usePreparing() ? <Preparing /> : <Today />
}

function Preparing() {
  const status = useLiveState((s) => s.status)
  const what = status?.changingTo ?? status?.profile?.title ?? 'a contact centre'
  return (
    <main className="wall-preparing" id="content">
      <h1 className="hidden">Today, all queues</h1>
      <p role="status">
        {status?.changingTo === undefined ? 'Preparing the demo' : 'Changing the demo'}: {what} …
      </p>
    </main>
  )
}

/** The default board "Today". What it shows is decided in board/model.ts; here it is drawn. */
function Today() {
  const live = useLive()
  const words = mayReadWords(useSession())
  const engine = useMemo(() => createBoardEngine(live, { words }), [live, words])
  const model = useSyncExternalStore(engine.subscribe, engine.model)
  const late = useLate()
  return (
    <main className="wall" id="content" data-late={late}>
      <h1 className="hidden">Today, all queues</h1>
      <section className="tiles" aria-label="Key figures">
        {model.tiles.map((tile) => (
          <Tile key={tile.id} tile={tile} />
        ))}
      </section>
      <QueueTable lines={model.queues} />
      <AgentList lines={model.agents} faces={model.faces} />
      <AlertList lines={model.alerts} />
      <ConversationList lines={model.conversations} count={model.conversationCount} negative={model.negativeCount} />
    </main>
  )
}

const none: readonly SourceStatus[] = []

/** Groups of tiles whose figures stand still; all of them when the connection is lost. */
function useLate(): string {
  const lost = useFreshness() === 'lost'
  const sources = useLiveState((s) => s.status?.sources ?? none)
  const inProgress = useInProgress()
  return lost ? 'agents contacts words' : groupsWithoutData(sources.map((s) => judgeSource(s, inProgress))).join(' ')
}
