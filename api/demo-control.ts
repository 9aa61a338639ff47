import type { DemoHistory, DemoProfile } from '#contracts/demo'

/** The demo as the API sees it; `main.ts` hands it in where one plays. */
export interface DemoControl {
  profiles: readonly DemoProfile[]
  /** Which one plays. */
  profile(): DemoProfile
  /** True while figures are not of now yet. */
  preparing(): boolean
  history(): DemoHistory
  changingTo(): DemoProfile | undefined
  /** Begins the change to a profile and returns; this server stops soon after. Throws CONFLICT while another change goes on. */
  change(profile: DemoProfile): void
}
