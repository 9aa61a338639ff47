import type { Component } from '#kernel/lifecycle'
import type { AwsFault } from './aws/faults.ts'

/** A way in that fetches by itself. It retries for ever, keeps its place, and says how it is doing. */
export interface Source extends Component {
  health(): SourceHealth
}

/** How one configured source is doing, in the process that reads it. */
export interface SourceReport extends SourceHealth {
  name: string
  type: string
}

export interface SourceHealth {
  ok: boolean
  /** What it reads, or what is wrong and what to do about it. */
  detail: string
  /** The class of what is wrong, where Amazon or the way to it said no. */
  fault?: AwsFault
}
