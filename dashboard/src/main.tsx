import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { ApiProblem } from './api.ts'
import { createLiveClient, type Timers } from './live/client.ts'
import { createTicker } from './live/ticker.ts'
import { createSocketTransport } from './live/transport.ts'
import { codeIn, signIn } from './session.ts'
import './styles/base.css'
import './styles/strip.css'
import './styles/wallboard.css'
import './styles/pages.css'

const timers: Timers = {
  now: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}
const client = createLiveClient(createSocketTransport(), timers)
const live = { client, timers, ticker: createTicker(client, timers, Date.now) }
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => failures < 2 && !(error instanceof ApiProblem && error.problem.status < 500),
      refetchOnWindowFocus: false,
    },
  },
})

// The code is single-use: it is swapped here, once, and not in an effect that could run twice.
const signingIn = signIn(window.location, window.history).then(
  () => null,
  (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
)

// The link opened in a tab that shows a page already changes only the part after #.
window.addEventListener('hashchange', () => codeIn(window.location.hash) !== null && window.location.reload())

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <App live={live} signingIn={signingIn} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
