import type { Command } from 'commander'
import { pino } from 'pino'
import { startRole } from '#main'
import { readConfig } from '#config'
import { armFailpoints } from '#kernel/node/failpoint'
import { runCommand } from '../run-command.ts'
import { stopOnSignal } from '../stop-on-signal.ts'

const descriptions = {
  ingest: 'take events from the sources into Kafka; any number of processes',
  process: 'fold events into rows, alerts, deliveries and history; any number of processes share the partitions',
  api: 'serve the pages, the API and POST /events; any number of processes, each serves everything',
} as const

/** `ingest`, `process`, `api`: one role each, over Kafka. */
export function addRoleCommands(program: Command): void {
  for (const role of ['ingest', 'process', 'api'] as const) {
    program
      .command(role)
      .description(descriptions[role])
      .option('--config <file>', 'YAML file with settings; CALLBOARD_* environment variables win')
      .option('--json', 'print the addresses as JSON')
      .action((options: { config?: string; json?: boolean }) =>
        runCommand(options.json === true, async () => {
          const config = readConfig(process.env, options.config)
          const logger = pino({ level: config.LOG_LEVEL, redact: ['key', 'secret', 'password', 'token'] }, pino.destination(2))
          for (const point of armFailpoints(process.env)) logger.warn({ point }, 'failpoint_armed')
          const running = await startRole(role, config, {
            log: (level, event, fields) => logger[level](fields ?? {}, event),
          })
          stopOnSignal(running.stop)
          const { url, metricsUrl } = running
          const told = { role, ...(url === undefined ? {} : { url, signInUrl: running.signInUrl?.() }), metricsUrl, pid: process.pid }
          console.log(
            options.json === true
              ? JSON.stringify(told)
              : `callboard ${role} runs${url === undefined ? '' : `: ${url}`}; metrics at ${metricsUrl}/metrics`,
          )
        }),
      )
  }
}
