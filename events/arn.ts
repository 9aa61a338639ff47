import type { NamedRef, QueueRef } from './domain.ts'

/**
 * Ids out of ARNs such as `arn:aws:connect:<region>:<account>:instance/<instanceId>/agent/<userId>`.
 * Total: the guide's own samples hold `arn`, `arn:aws:...` and `arn:aws::connect`, and those must not stop an event.
 */
export function idOfArn(arn: string): string {
  const slash = arn.lastIndexOf('/')
  return slash < 0 || slash === arn.length - 1 ? arn : arn.slice(slash + 1)
}

/** Instance id out of any ARN below an instance; a bare id is given back as it is. */
export function instanceIdOf(arnOrId: string): string {
  const start = arnOrId.indexOf('instance/')
  if (start < 0) return idOfArn(arnOrId)
  const rest = arnOrId.slice(start + 'instance/'.length)
  const end = rest.indexOf('/')
  return (end < 0 ? rest : rest.slice(0, end)) || arnOrId
}

/** Queues are told apart by ARN: agent queues have no name and names change. */
export function toQueueRef(arn: string | null | undefined, name: string | null | undefined): QueueRef | null {
  if (arn === null || arn === undefined || arn === '') return null
  const id = idOfArn(arn)
  const isAgentQueue = arn.endsWith(`/queue/agent/${id}`)
  return { id: isAgentQueue ? `agent/${id}` : id, arn, name: name === undefined || name === '' ? null : name }
}

export function toNamedRef(arn: string | null | undefined, name: string | null | undefined): NamedRef | null {
  if (arn === null || arn === undefined || arn === '') return null
  return { id: idOfArn(arn), arn, name: name === undefined || name === '' ? null : name }
}
