/** No session: only the way in. */
export function SignIn({ codeRefused, unreachable }: { codeRefused: Error | null; unreachable: boolean }) {
  return (
    <main className="plain" id="content">
      <div className="plain-box">
        <h1>Callboard</h1>
        {unreachable ? (
          <p role="status">The server does not answer. This page tries again by itself every few seconds.</p>
        ) : (
          <>
            {codeRefused && (
              <p role="alert" className="plain-note">
                This sign-in link has been used already or is too old. Each link works once.
              </p>
            )}
            <p>You are not signed in on this browser. To get in:</p>
            <ol>
              <li>
                Open the link that <code>npm start</code> printed in its terminal. It ends in <code>#code=…</code> and works once.
              </li>
              <li>
                Or run <code>npx callboard link</code> where the server runs: it prints a new link.
              </li>
              <li>
                For programs, an administrator makes a key with <code>callboard keys create</code>.
              </li>
            </ol>
          </>
        )}
      </div>
    </main>
  )
}
