import { InvalidArgumentError, type Command } from 'commander'
import { print, runCommand } from '../run-command.ts'
import { clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

interface DeadLetter {
  id: string
  time: string
  source: string
  reason: string
  message: string
  origin: string | null
  redrivenAt: string | null
}
interface WholeLetter extends DeadLetter {
  kind: string | null
  bytes: number
  truncated: boolean
  text: string | null
  base64: string | null
}
interface Redriven {
  counts: Record<string, number>
  items: { id: string; outcome: string; reason: string }[]
  next: number[] | null
}

type Filter = { reason?: string; source?: string }
type RedriveFlags = ServerFlags & Filter & { all?: boolean; dryRun?: boolean; rate: number }

export function addDeadLettersCommand(program: Command): void {
  const group = program.command('dead-letters').description('what could not be taken in: look at it, and take it in again after a fix')
  withFilter(withServerFlags(group.command('list').description('newest first')))
    .option('--limit <n>', 'how many at most', whole, 50)
    .action((flags: ServerFlags & Filter & { limit: number }) =>
      runCommand(flags.json === true, async () => {
        const client = await clientOf(flags)
        const items: DeadLetter[] = []
        for (let cursor: string | null = ''; cursor !== null && items.length < flags.limit;) {
          const query = new URLSearchParams({
            limit: String(Math.min(200, flags.limit - items.length)),
            ...filterOf(flags),
            ...(cursor === '' ? {} : { cursor }),
          })
          const page: { items: DeadLetter[]; nextCursor: string | null } = await client.call('GET', `/dead-letters?${query.toString()}`)
          items.push(...page.items)
          cursor = page.nextCursor
        }
        const lines = items.map(
          (d) =>
            `${d.id.padEnd(8)} ${d.time}  ${d.source}  ${d.reason}  ${d.message}  (${d.origin ?? 'origin unknown'})${d.redrivenAt === null ? '' : '  redriven'}`,
        )
        print(flags.json === true, items, lines.length === 0 ? 'no dead letters' : lines.join('\n'))
      }),
    )
  withServerFlags(group.command('show <id>').description('one letter with its message')).action((id: string, flags: ServerFlags) =>
    runCommand(flags.json === true, async () => {
      const letter = await (await clientOf(flags)).call<WholeLetter>('GET', `/dead-letters/${encodeURIComponent(id)}`)
      const facts = ['time', 'source', 'origin', 'kind', 'reason', 'message', 'bytes', 'redrivenAt'] as const
      const message = letter.text ?? `(not UTF-8; base64)\n${letter.base64 ?? ''}`
      const text = [...facts.map((name) => `${name.padEnd(11)} ${letter[name] ?? '-'}`), '', message + (letter.truncated ? '…' : '')].join(
        '\n',
      )
      print(flags.json === true, letter, text)
    }),
  )
  withFilter(
    withServerFlags(
      group
        .command('redrive [ids...]')
        .description('take letters in again; one that was taken in is left alone the next time, one that still cannot be read stays'),
    ),
  )
    .option('--all', 'every letter that there is')
    .option('--dry-run', 'say what would become of them, change nothing')
    .option('--rate <n>', 'letters a second at most', whole, 100)
    .action((ids: string[], flags: RedriveFlags) =>
      runCommand(flags.json === true, async () => {
        if (ids.length === 0 && flags.reason === undefined && flags.source === undefined && flags.all !== true)
          throw new Error('say which: ids, --reason, --source, or --all')
        const client = await clientOf(flags)
        const total: Redriven = { counts: {}, items: [], next: null }
        let from: number[] | null | undefined
        do {
          const body = {
            ...(ids.length === 0 ? filterOf(flags) : { ids }),
            ratePerSecond: flags.rate,
            dryRun: flags.dryRun === true,
            ...(from ? { from } : {}),
          }
          const part: Redriven = await client.call('POST', '/dead-letters/redrive', {
            type: 'application/json',
            text: JSON.stringify(body),
          })
          total.items.push(...part.items)
          for (const [outcome, n] of Object.entries(part.counts)) total.counts[outcome] = (total.counts[outcome] ?? 0) + n
          from = part.next
          if (process.stderr.isTTY && flags.json !== true) process.stderr.write(`\r${total.items.length} letters`)
        } while (from)
        if (process.stderr.isTTY && flags.json !== true) process.stderr.write('\n')
        const counts = Object.entries(total.counts).filter(([, n]) => n > 0)
        const said = counts.map(([outcome, n]) => `${n} ${texts[outcome] ?? outcome}`).join(', ') || 'no letter fits'
        print(flags.json === true, total, flags.dryRun === true ? `dry run: ${said}` : said)
      }),
    )
}

const texts: Record<string, string> = {
  redriven: 'taken in',
  alreadyRedriven: 'already taken in before',
  stillRefused: 'still cannot be read',
  notAnEvent: 'no event (made again from its event)',
  truncated: 'kept in part only',
  notFound: 'not there',
}

function withFilter(command: Command): Command {
  return command.option('--reason <reason>', 'only letters with this reason').option('--source <name>', 'only letters of this source')
}

function filterOf({ reason, source }: Filter): Filter {
  return { ...(reason === undefined ? {} : { reason }), ...(source === undefined ? {} : { source }) }
}

function whole(text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1')
  return value
}
