import { policyDocument, type Permission } from '#ingest/aws/permissions'
import { connectApiPermissions } from '#ingest/connect-api/permissions'
import { kinesisPermissions } from '#ingest/kinesis/permissions'
import { sqsPermissions } from '#ingest/sqs/permissions'
import type { Config } from './config.ts'

type SourceConfig = Config['SOURCES'][number]

/**
 * The IAM policy that the configured sources need: of Callboard's own identity, or of a role that it assumes. Undefined when that
 * one needs none.
 */
export function policyOf({ SOURCES }: Pick<Config, 'SOURCES'>, role?: string): object | undefined {
  const permissions = SOURCES.flatMap((source) => {
    const assumed = roleOf(source)
    if (assumed === role) return permissionsOf(source)
    return role === undefined && assumed !== undefined ? [{ sid: 'AssumeRole', actions: ['sts:AssumeRole'], resources: [assumed] }] : []
  })
  // Several sources can ask for the same thing.
  const distinct = [...new Map(permissions.map((p) => [JSON.stringify([p.actions, p.resources]), p])).values()]
  return distinct.length === 0 ? undefined : policyDocument(distinct.map((p, i) => ({ ...p, sid: `${p.sid}${i + 1}` })))
}

/** The roles that sources assume: each needs a policy of its own. */
export function assumedRoles({ SOURCES }: Pick<Config, 'SOURCES'>): string[] {
  return [...new Set(SOURCES.map(roleOf).filter((role) => role !== undefined))]
}

const roleOf = (source: SourceConfig): string | undefined => ('roleArn' in source ? source.roleArn : undefined)

function permissionsOf(source: SourceConfig): Permission[] {
  const byType: { [T in SourceConfig['type']]: (source: Extract<SourceConfig, { type: T }>) => Permission[] } = {
    'contact-lens-api': connectApiPermissions,
    kinesis: kinesisPermissions,
    sqs: sqsPermissions,
    simulator: () => [],
    http: () => [],
  }
  return (byType[source.type] as (source: SourceConfig) => Permission[])(source)
}
