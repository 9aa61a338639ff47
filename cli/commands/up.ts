import type { Command } from 'commander'
import { pino } from 'pino'
import { startCallboard } from '#main'
import { readConfig } from '#config'
import { armFailpoints } from '#kernel/node/failpoint'
import { runCommand } from '../run-command.ts'
import { end, stopOnSignal } from '../stop-on-signal.ts'

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('run everything on this machine in one process')
    .option('--config <file>', 'YAML file with settings; CALLBOARD_* environment variables win')
    .option('--json', 'print the address as JSON')
    .action((options: { config?: string; json?: boolean }) =>
      runCommand(options.json === true, async () => {
        const config = readConfig(process.env, options.config)
        const logger = pino({ level: config.LOG_LEVEL, redact: ['key', 'secret', 'password', 'token'] }, pino.destination(2))
        for (const point of armFailpoints(process.env)) logger.warn({ point }, 'failpoint_armed')
        const callboard = await startCallboard(config, {
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
