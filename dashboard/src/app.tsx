import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { BrowserRouter, Route, Routes } from 'react-router'
import { LiveProvider, type Live } from './live/react.tsx'
import { Wallboard } from './pages/wallboard/wallboard.tsx'
import { readSession } from './session.ts'
import { SessionProvider } from './shell/session-context.tsx'
import { Shell } from './shell/shell.tsx'
import { SignIn } from './shell/sign-in.tsx'

const ContactPage = lazy(() => import('./pages/contact/contact-page.tsx'))
const SearchPage = lazy(() => import('./pages/search/search-page.tsx'))

/** Who looks comes first: without a session there is nothing to draw but the way in. */
export function App({ live, signingIn }: { live: Live; signingIn: Promise<Error | null> }) {
  const { data, error, isPending } = useQuery({
    queryKey: ['session'],
    queryFn: async () => {
      const failed = await signingIn
      const session = await readSession()
      return { session, failed: session ? null : failed }
    },
    // A wall that was started before its server waits for it.
    refetchInterval: (query) => (query.state.data?.session ? false : 5_000),
    staleTime: Infinity,
  })
  if (isPending) return <main className="plain" aria-busy="true" aria-label="Starting" />
  if (!data?.session) return <SignIn codeRefused={data?.failed ?? null} unreachable={error !== null} />
  return (
    <SessionProvider session={data.session}>
      <LiveProvider live={live}>
        <BrowserRouter>
          <Shell>
            <Suspense fallback={<main className="page" aria-busy="true" />}>
              <Routes>
                <Route index element={<Wallboard />} />
                <Route path="contacts/:id" element={<ContactPage />} />
                <Route path="search" element={<SearchPage />} />
                <Route path="*" element={<NotFound />} />
              </Routes>
            </Suspense>
          </Shell>
        </BrowserRouter>
      </LiveProvider>
    </SessionProvider>
  )
}

function NotFound() {
  return (
    <main className="page" id="content">
      <h1>There is no such page</h1>
      <p>The menu above has the wallboard and the search.</p>
    </main>
  )
}
