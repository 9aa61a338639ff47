import { useInfiniteQuery } from '@tanstack/react-query'
import { useEffect, useRef, type FormEvent } from 'react'
import { useSearchParams } from 'react-router'
import { api, ApiProblem, type ListAnswer } from '../../api.ts'
import { useSession } from '../../shell/session-context.tsx'
import { SEARCH_BOX_ID } from '../../shell/shell.tsx'
import { useDocumentTitle } from '../../ui/use-document-title.ts'
import { Hit, type SearchHit } from './hit.tsx'
import { queryProblem } from './query-problem.ts'
import { SearchHelp } from './search-help.tsx'

/** The question is in the address, so that an answer can be sent to somebody. */
export default function SearchPage() {
  const [params, setParams] = useSearchParams()
  const q = params.get('q')?.trim() ?? ''
  const box = useRef<HTMLInputElement>(null)
  useDocumentTitle(q ? `${q}, search` : 'Search')
  useEffect(() => {
    if (box.current) box.current.value = q
    if (q === '') box.current?.focus()
  }, [q])

  function onSubmit(event: FormEvent): void {
    event.preventDefault()
    const wanted = box.current?.value.trim() ?? ''
    setParams(wanted === '' ? {} : { q: wanted })
  }

  return (
    <main className="page search-page" id="content">
      <h1>Search what was said</h1>
      <search>
        <form className="search-form" onSubmit={onSubmit}>
          <label className="hidden" htmlFor={SEARCH_BOX_ID}>
            Words, phrases, fields
          </label>
          <input
            ref={box}
            id={SEARCH_BOX_ID}
            name="q"
            type="search"
            maxLength={512}
            defaultValue={q}
            autoComplete="off"
            spellCheck={false}
            placeholder="cancel contract speaker:customer"
          />
          <button type="submit" className="button">
            Search
          </button>
        </form>
      </search>
      {q === '' ? <SearchHelp /> : <Answer q={q} />}
    </main>
  )
}

function Answer({ q }: { q: string }) {
  const { timeZone } = useSession()
  const answer = useInfiniteQuery({
    queryKey: ['transcripts', q],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const cursor = pageParam === null ? '' : `&cursor=${encodeURIComponent(pageParam)}`
      return api<ListAnswer<SearchHit>>(`/transcripts?q=${encodeURIComponent(q)}&limit=50${cursor}`, { signal })
    },
    getNextPageParam: (page) => page.nextCursor,
  })
  if (answer.isPending) {
    return (
      <p className="searching" role="status">
        Searching …
      </p>
    )
  }
  if (answer.isError) return <Failed error={answer.error} q={q} />
  const hits = answer.data.pages.flatMap((page) => page.items)
  return (
    <>
      <p className="found" role="status">
        {hits.length === 0
          ? 'Nothing found. Fewer words, or the beginning of a word with *, find more.'
          : `${hits.length}${answer.hasNextPage ? ' or more' : ''} ${hits.length === 1 ? 'turn' : 'turns'}`}
      </p>
      <ol className="hits">
        {hits.map((hit) => (
          <Hit key={`${hit.contactId}/${hit.segmentId}`} hit={hit} timeZone={timeZone} />
        ))}
      </ol>
      {answer.hasNextPage && (
        <button type="button" className="button" disabled={answer.isFetchingNextPage} onClick={() => void answer.fetchNextPage()}>
          {answer.isFetchingNextPage ? 'Searching …' : 'More'}
        </button>
      )}
      {hits.length === 0 && <SearchHelp />}
    </>
  )
}

function Failed({ error, q }: { error: Error; q: string }) {
  if (!(error instanceof ApiProblem)) {
    return (
      <p role="alert" className="panel problem">
        The server does not answer. The question stays in the address: try again in a moment.
      </p>
    )
  }
  const { title, detail, position, messages } = queryProblem(error.problem, q)
  return (
    <>
      <section role="alert" className="panel problem">
        <h2>{title}</h2>
        <p>{detail}</p>
        {position !== null && (
          <p className="problem-query">
            {/* The place is shown by a caret below, and said in words for those who do not see it. */}
            <code>
              {q.slice(0, position)}
              <b className="problem-at">{q.slice(position, position + 1) || ' '}</b>
              {q.slice(position + 1)}
            </code>
            <span className="hidden">The problem is at character {position + 1}.</span>
          </p>
        )}
        {messages.map((message) => (
          <p key={message}>{message}</p>
        ))}
        <p className="problem-code">{error.problem.code}</p>
      </section>
      <SearchHelp />
    </>
  )
}
