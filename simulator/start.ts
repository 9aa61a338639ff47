import { profileNamed, profiles, roundTheClock } from './profiles/index.ts'
import { run } from './simulation.ts'
import type { StartSimulation } from './stream.ts'

export interface ProfileInfo {
  name: string
  title: string
  description: string
}

export const profileList: readonly ProfileInfo[] = profiles.map(({ name, title, description }) => ({ name, title, description }))

export const startSimulation: StartSimulation = ({ profile, steady = false, ...options }) =>
  run({ plan: steady ? roundTheClock(profileNamed(profile)) : profileNamed(profile), ...options })
