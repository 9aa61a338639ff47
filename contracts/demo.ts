/** The demo contact centre: which one plays, and the change to another. */
import { z } from 'zod'

/** Contact centres the demo can play. */
export const demoProfileSchema = z.object({
  name: z.string(),
  title: z.string().describe('Shown to people'),
  description: z.string().describe('One line: what is to be seen in it'),
})
export type DemoProfile = z.infer<typeof demoProfileSchema>

/** Records of today before the start, and of the same weekday last week. `failed`: figures of today begin with the start of the demo. */
export const demoHistorySchema = z.enum(['loading', 'done', 'failed'])
export type DemoHistory = z.infer<typeof demoHistorySchema>

export const demoSchema = z.object({
  profile: z.string().describe('Name of the profile that plays'),
  profiles: z.array(demoProfileSchema),
  preparing: z.boolean().describe('The last minutes are still being played: figures are not of now yet'),
  history: demoHistorySchema,
})
export type DemoState = z.infer<typeof demoSchema>

export const changeDemoSchema = z.strictObject({ profile: z.string().min(1).max(64) })
export const changedDemoSchema = z.object({ profile: z.string().describe('The profile the demo is changing to') })
