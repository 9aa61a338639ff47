import type { Command } from 'commander'
import { readConfig } from '#config'
import { assumedRoles, policyOf } from '#policy'
import { reportText, type Check } from '../doctor/report.ts'
import { setupLines } from '../doctor/setup.ts'
import { print, runCommand } from '../run-command.ts'
import { addressOf, clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

type DoctorFlags = ServerFlags & { policy?: boolean; setup?: boolean; config?: string; role?: string; instanceArn?: string; prefix: string }

/** What is well and what is not, and what to do; exit code 1 when something has failed. */
export function addDoctorCommand(program: Command): void {
  withServerFlags(
    program
      .command('doctor')
      .description('what is well and what is not: server, sources, permissions, streams, dead letters; and what to do about it')
      .option('--policy', 'print the IAM policy that the configured sources need, from the settings of this machine')
      .option('--setup', 'print the AWS commands that make the four streams; needs --instance-arn')
      .option('--instance-arn <arn>', 'with --setup: ARN of the Amazon Connect instance')
      .option('--prefix <name>', 'with --setup: prefix of what is made', 'callboard')
      .option('--role <arn>', 'with --policy: the policy of this role that sources assume, instead of that of Callboard itself')
      .option('--config <file>', 'with --policy: YAML file with settings'),
  ).action((flags: DoctorFlags) =>
    runCommand(flags.json === true, async () => {
      if (flags.setup === true) return printSetup(flags)
      if (flags.policy === true) return printPolicy(flags)
      const client = await clientOf(flags)
      const { asOf, version, checks } = await client.call<{ asOf: string; version: string; checks: Check[] }>('GET', '/doctor')
      print(
        flags.json === true,
        { asOf, version, checks },
        `Callboard ${version} at ${addressOf(flags).url}, ${asOf}\n\n${reportText(checks)}`,
      )
      if (checks.some(({ status }) => status === 'failed')) process.exitCode = 1
    }),
  )
}

function printSetup({ instanceArn, prefix, json }: DoctorFlags): void {
  if (instanceArn === undefined)
    throw new Error('--instance-arn is missing: the ARN of the Amazon Connect instance, from its page in the AWS console')
  const lines = setupLines({ instanceArn, prefix })
  print(json === true, { lines: lines.split('\n') }, lines)
}

function printPolicy({ config: file, role }: DoctorFlags): void {
  const config = readConfig(process.env, file)
  const policy = policyOf(config, role)
  const roles = assumedRoles(config)
  if (policy === undefined)
    throw new Error(
      role === undefined
        ? 'SOURCES: none of them reads from AWS, so no permission is needed'
        : `--role ${role}: no source assumes it${roles.length === 0 ? '' : `; these are assumed: ${roles.join(', ')}`}`,
    )
  // Always JSON: it is meant for `aws iam create-policy --policy-document file://…`.
  console.log(JSON.stringify(policy, null, 2))
  if (role === undefined && roles.length > 0) console.error(`each assumed role needs its own policy: --role ${roles.join(', --role ')}`)
}
