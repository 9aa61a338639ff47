import { useEffect, useRef, useState } from 'react'
import { Popover } from './popover.tsx'

const PANEL_ID = 'connect-help'

/** What to set so that this server shows the reader's own contact centre. The same steps stand in the README. */
export function ConnectHelp() {
  const [open, setOpen] = useState(false)
  return (
    <Popover label="connect your own instance" kind="dialog" id={PANEL_ID} open={open} setOpen={setOpen}>
      <Steps />
    </Popover>
  )
}

const example = `export CALLBOARD_SOURCES='[{"type":"kinesis","name":"connect",
  "stream":"connect-events","region":"eu-west-1"}]'
npm start`

function Steps() {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => panel.current?.focus(), [])
  return (
    <section className="popup connect-help" id={PANEL_ID} role="dialog" aria-label="Connect your own instance" tabIndex={-1} ref={panel}>
      <h2>Show your own contact centre</h2>
      <ol>
        <li>
          In Amazon Connect, under <em>Data streaming</em>, send agent events and contact records to a Kinesis data stream. Send contact
          events and, for live transcripts, real-time Contact Lens segments there too.
        </li>
        <li>
          Give this machine AWS credentials that may <code>kinesis:ListShards</code>, <code>kinesis:GetShardIterator</code> and{' '}
          <code>kinesis:GetRecords</code> on it.
        </li>
        <li>
          Stop Callboard with Ctrl-C, name the stream, and start again:
          <pre tabIndex={0} aria-label="Commands">
            {example}
          </pre>
        </li>
      </ol>
      <p className="popup-note">
        With a source of your own there is no demo any more. To post events by HTTP instead, start with <code>CALLBOARD_DEMO=off</code>.
        More in <code>README.md</code> and <code>docs/settings.md</code>.
      </p>
    </section>
  )
}
