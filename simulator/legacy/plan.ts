export interface LegacyPlan {
  queues: { name: string; did: string[]; patienceMs: number; talkMs: number; agents: number }[]
  clockOffsetMs?: number
  aliases?: boolean
  transferOut?: { share: number; numbers: string[] }
}
