import { CallboardError } from '#kernel/errors'

/** A ClickHouse cluster, by the name it has in the servers' configuration. */
export interface ClusterTarget {
  cluster: string
  database: string
}

/**
 * Which shard a row lies on. Made of columns that never change between versions of a key, so that all versions meet and the newest
 * wins; a contact, its turns and its alerts lie together, because queries ask for one by the other (`distributed_product_mode = local`).
 */
const shardingKeys: Readonly<Record<string, string>> = {
  events_raw: 'cityHash64(kind, id)',
  contacts: 'cityHash64(contact_id)',
  segments: 'cityHash64(contact_id)',
  intervals: 'cityHash64(agent_id)',
  // An alert's entity is part of its id.
  alerts: 'cityHash64(entity_id)',
}

const CREATE = /\bCREATE TABLE IF NOT EXISTS (\w+)\s*(\([\s\S]*)$/
const ENGINE = /\bENGINE = ReplacingMergeTree\(([^)]*)\)/
const ALTER = /\bALTER TABLE (\w+)\s+([\s\S]*)$/

/** The table behind the Distributed one that queries and inserts name. */
export function localTable(table: string): string {
  return `${table}_local`
}

export function onCluster({ cluster }: ClusterTarget): string {
  return `ON CLUSTER \`${cluster}\``
}

/**
 * One statement of a migration as a cluster needs it: the table itself, replicated within each shard, under `<table>_local`, and above
 * it a Distributed table of the table's name. The macros `{shard}` and `{replica}` are the servers'. A statement of another kind is
 * refused: it would change one node only.
 */
export function toClusterStatements(statement: string, target: ClusterTarget): string[] {
  const { cluster, database } = target
  const sql = withoutComments(statement)
  const created = CREATE.exec(sql)
  if (created) {
    const [, table = '', rest = ''] = created
    const key = shardingKeys[table]
    if (key === undefined) throw refused(`the table ${table} has no sharding key; name one in storage/cluster.ts`)
    if (!ENGINE.test(rest)) throw refused(`the table ${table} is no ReplacingMergeTree`)
    const replicated = rest.replace(
      ENGINE,
      (_, args: string) => `ENGINE = ${replicatedEngine(`{shard}/${database}/${table}`, '{replica}', args)}`,
    )
    const local = localTable(table)
    return [
      `CREATE TABLE IF NOT EXISTS ${local} ${onCluster(target)} ${replicated}`,
      `CREATE TABLE IF NOT EXISTS ${table} ${onCluster(target)} AS ${local} ENGINE = Distributed('${cluster}', '${database}', '${local}', ${key})`,
    ]
  }
  const altered = ALTER.exec(sql)
  if (altered) {
    const [, table = '', change = ''] = altered
    const changes = [`ALTER TABLE ${localTable(table)} ${onCluster(target)} ${change}`]
    // Only columns exist in the Distributed table; indexes, TTL and settings are the local table's.
    if (/^(ADD|DROP|MODIFY|RENAME|COMMENT) COLUMN\b/i.test(change)) changes.push(`ALTER TABLE ${table} ${onCluster(target)} ${change}`)
    return changes
  }
  throw refused(`"${sql.slice(0, 60)}…" is neither CREATE TABLE nor ALTER TABLE`)
}

/** Every node is a replica of one table, whatever its shard: what is applied is known everywhere. */
export function clusterMigrationsTable(target: ClusterTarget, columns: string): string {
  const engine = replicatedEngine(`all/${target.database}/schema_migrations`, '{shard}-{replica}', 'applied_at')
  return `CREATE TABLE IF NOT EXISTS schema_migrations ${onCluster(target)} ${columns} ENGINE = ${engine} ORDER BY name`
}

function replicatedEngine(path: string, replica: string, args: string): string {
  return `ReplicatedReplacingMergeTree('/clickhouse/tables/${path}', '${replica}', ${args})`
}

function withoutComments(sql: string): string {
  return sql
    .split('\n')
    .filter((line) => !line.trim().startsWith('--'))
    .join('\n')
    .trim()
}

function refused(reason: string): CallboardError {
  return new CallboardError('STORE_MIGRATION_FAILED', `A migration cannot be carried out on a cluster: ${reason}.`)
}
