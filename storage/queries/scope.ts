import { allOf, anyOf, isOneOf, type Sql } from './sql.ts'

/**
 * What the caller may see: rows of these instances that are of one of these queues or of one of these agents (the hierarchy
 * subtree and the caller). Every builder takes it, so that no query can be written without a decision.
 */
export type Scope = 'all' | { instanceIds: 'all' | readonly string[]; queueIds: 'all' | readonly string[]; agentIds: readonly string[] }

/** The scope as a condition on a table with instance, queue and agent. Empty lists match nothing. */
export function inScope(scope: Scope, alias: string): Sql | undefined {
  if (scope === 'all') return undefined
  const instances = scope.instanceIds === 'all' ? undefined : isOneOf(`${alias}.instance_id`, scope.instanceIds)
  const conditions = [
    isOneOf(`${alias}.queue_id`, scope.queueIds === 'all' ? undefined : scope.queueIds),
    isOneOf(`${alias}.agent_id`, scope.agentIds),
  ]
  const ours = scope.queueIds === 'all' ? undefined : anyOf(conditions.filter((condition) => condition !== undefined))
  return allOf([instances, ours])
}

/** The scope for rows that only name a contact: the newest version of that contact must be in it. `among` narrows the contacts looked at. */
export function contactInScope(scope: Scope, contactIdColumn: string, among: Sql): Sql | undefined {
  const condition = inScope(scope, 'scoped')
  if (!condition) return undefined
  return (bind) => `${contactIdColumn} IN (
    SELECT scoped.contact_id FROM contacts AS scoped FINAL PREWHERE scoped.contact_id IN (${among(bind)}) WHERE ${condition(bind)})`
}
