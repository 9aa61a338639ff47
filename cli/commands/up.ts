import type { Command } from 'commander'
import { pino } from 'pino'
import { startCallboard } from '#main'
import { readConfig } from '#config'
import { armFailpoints } from '#kernel/node/failpoint'
import { runCommand } from '../run-command.ts'

/** How often a stop may be asked for before the process ends at once. */
const PATIENCE = 2

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('run everything on this machine in one process')
    .option('--config <file>', 'YAML file with settings; CALLBOARD_* environment variables win')
    .option('--json', 'print the address as JSON')
    .action((options: { config?: string; json?: boolean }) =>
      runCommand(options.json === true, async () => {
        const logger = pino({ level: 'warn', redact: ['key', 'secret', 'password', 'token'] }, pino.destination(2))
        for (const point of armFailpoints(process.env)) logger.warn({ point }, 'failpoint_armed')
        const callboard = await startCallboard(readConfig(process.env, options.config), {
          log: (level, event, fields) => logger[level](fields ?? {}, event),
          failed(error) {
            console.error(`callboard: ${error.message}`)
            void end(callboard.stop, 1)
          },
        })
        stopOnSignal(callboard.stop)
        if (options.json === true)
          console.log(
            JSON.stringify({
              url: callboard.url,
              signInUrl: callboard.signInUrl(),
              metricsUrl: callboard.metricsUrl,
              demo: callboard.demo,
              pid: process.pid,
            }),
          )
        else console.log(welcome(callboard.signInUrl(), callboard.demo))
      }),
    )
}

function welcome(address: string, demo: boolean): string {
  const lines = ['', `  Callboard is running: ${address}`, '']
  if (demo) lines.push('  Demo data: a simulated contact centre. Set CALLBOARD_SOURCES to connect your own Amazon Connect instance.')
  lines.push(
    address.includes('#code=')
      ? '  The link signs one browser in; `callboard link` makes another. Stop with Ctrl-C.'
      : '  Stop with Ctrl-C.',
    '',
  )
  return lines.join('\n')
}

/** Stops and ends the process; `code` is the best it can end with. */
async function end(stop: () => Promise<string[]>, code = 0): Promise<never> {
  const problems = await stop()
  for (const problem of problems) console.error(`callboard: ${problem}`)
  process.exit(problems.length === 0 ? code : 1)
}

function stopOnSignal(stop: () => Promise<string[]>): void {
  let asked = 0
  const onSignal = (): void => {
    if (++asked >= PATIENCE) process.exit(1)
    void end(stop)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // The terminal was closed.
  process.on('SIGHUP', onSignal)
}
