import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Consumer, Kafka, PartitionAssigner } from 'kafkajs'
import { messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import { assignPartitions, type Candidate } from './assign.ts'
import { clusterOf, holdJoins, leaveGroup } from './internals.ts'
import { AssignerProtocol } from './kafkajs.ts'

/** Membership in a lane's consumer group. It decides who owns which partition, and reads nothing: reading is the feed's. */
export interface Membership {
  close(): Promise<void>
}

export interface MembershipConfig {
  group: string
  topics: readonly string[]
  partitionCount: number
  sessionTimeoutMs: number
  /** Keeps the names this member goes by, for the next process on the same folder. */
  memberFile: string
  /** The name a former process on this folder went by, which is gone. */
  former: string | undefined
}

export interface MembershipHandler {
  /** Called before the group is joined again: when it resolves, others may be given what this member has. */
  suspend(): Promise<void>
  /** What this member has from now on. */
  assign(partitions: readonly number[]): void
  /** The group has just confirmed the membership. */
  confirmed(): void
}

const RESTART_MS = 500
const NAME = 'callboard-sticky'

export async function joinGroup(
  { group, topics, partitionCount, sessionTimeoutMs, memberFile, former }: MembershipConfig,
  { kafka, telemetry }: { kafka: Kafka; telemetry: Telemetry },
  handler: MembershipHandler,
): Promise<Membership> {
  let consumer: Consumer | undefined
  let closed = false
  let restart: NodeJS.Timeout | undefined
  let owned: readonly number[] = []
  let generation = 0

  const assigner: PartitionAssigner = ({ cluster }) => {
    holdJoins(cluster, async () => {
      if (!closed) await handler.suspend()
    })
    return {
      name: NAME,
      version: 1,
      protocol: ({ topics: subscribed }) => ({
        name: NAME,
        metadata: AssignerProtocol.MemberMetadata.encode({
          version: 1,
          topics: subscribed,
          userData: Buffer.from(JSON.stringify({ generation, owned })),
        }),
      }),
      async assign({ members }) {
        const candidates = members.map(({ memberId, memberMetadata }) => candidateOf(memberId, memberMetadata))
        const next = Math.max(0, ...candidates.map((candidate) => candidate.generation)) + 1
        return [...assignPartitions(candidates, partitionCount)].map(([memberId, partitions]) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 1,
            assignment: Object.fromEntries(topics.map((topic) => [topic, partitions])),
            userData: Buffer.from(JSON.stringify({ generation: next })),
          }),
        }))
      },
    }
  }

  const start = async (): Promise<void> => {
    const mine = kafka.consumer({
      groupId: group,
      partitionAssigners: [assigner],
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.floor(sessionTimeoutMs / 10),
      rebalanceTimeout: Math.max(sessionTimeoutMs, 10_000),
      // Everything is paused: this is only how often the loop looks whether a heartbeat is due.
      maxWaitTimeInMs: 100,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 10, restartOnFailure: async () => false },
    })
    consumer = mine
    mine.on('consumer.group_join', ({ payload }) => {
      if (closed || consumer !== mine) return
      mine.pause(topics.map((topic) => ({ topic })))
      owned = payload.memberAssignment[topics[0]!] ?? []
      rememberMember(memberFile, payload.memberId)
      // Counts up with every join of this member, and faster than for one that takes part in fewer of them.
      generation = Math.max(generation + 1, generationNow())
      handler.assign(owned)
    })
    mine.on('consumer.heartbeat', () => handler.confirmed())
    mine.on('consumer.crash', ({ payload }) => {
      if (closed || consumer !== mine) return
      telemetry.count('log_group_restarts_total', { group })
      telemetry.log('warn', 'log_group_lost', { group, message: messageOf(payload.error) })
      void mine.disconnect().catch(() => undefined)
      restart = setTimeout(again, RESTART_MS)
    })
    await mine.connect()
    await mine.subscribe({ topics: [...topics], fromBeginning: true })
    // Joining may take as long as the others need to let go; whoever opened the lane does not wait for it.
    void mine.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined }).catch(again)
  }
  const again = (): void => {
    if (closed) return
    start().catch((error: unknown) => {
      telemetry.log('warn', 'log_group_lost', { group, message: messageOf(error) })
      restart = setTimeout(again, RESTART_MS)
    })
  }

  if (former !== undefined) await leaveAs(former, group, { kafka, telemetry })
  await start()
  return {
    async close() {
      closed = true
      clearTimeout(restart)
      await consumer?.disconnect().catch(() => undefined)
      rmSync(memberFile, { force: true })
    },
  }
}

/**
 * A process that was killed stays a member until its session is over, and the group waits for it. Whoever has the folder now knows
 * that it is gone, and leaves in its name.
 */
async function leaveAs(memberId: string, group: string, { kafka, telemetry }: { kafka: Kafka; telemetry: Telemetry }): Promise<void> {
  const cluster = clusterOf(kafka)
  try {
    await cluster.connect()
    await leaveGroup(await cluster.findGroupCoordinator({ groupId: group }), group, memberId)
  } catch (error) {
    // It has left already, or its session is over.
    telemetry.log('debug', 'log_group_not_left', { group, message: messageOf(error) })
  } finally {
    await cluster.disconnect().catch(() => undefined)
  }
}

/** Names of members by lane, as the former process on this folder has left them. */
export function takeFormerMembers(dir: string): Map<string, string> {
  const found = existsSync(dir) ? readdirSync(dir).map((lane) => [lane, readFileSync(join(dir, lane), 'utf8')] as const) : []
  rmSync(dir, { recursive: true, force: true })
  return new Map(found)
}

function rememberMember(file: string, memberId: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, memberId)
}

/** Time orders claims of different processes well enough: a claim is only ever a wish. */
function generationNow(): number {
  return Math.floor((performance.timeOrigin + performance.now()) / 1000)
}

function candidateOf(id: string, metadata: Buffer): Candidate {
  try {
    const { userData } = AssignerProtocol.MemberMetadata.decode(metadata)!
    const { generation, owned } = JSON.parse(userData.toString()) as { generation: number; owned: number[] }
    return { id, generation, owned }
  } catch {
    return { id, generation: 0, owned: [] }
  }
}
