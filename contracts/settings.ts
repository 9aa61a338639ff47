/** Settings kept in the log (`callboard.settings`): every version stays with its append time; a deletion is a version. */
import { z } from 'zod'
import { scopes } from './session.ts'

export const queueSettingsSchema = z.strictObject({
  displayName: z.string().min(1).max(128).nullable().default(null),
  target: z
    .strictObject({ seconds: z.number().positive().max(604_800), percent: z.number().min(0).max(100) })
    .default({ seconds: 20, percent: 80 }),
  shortAbandonSeconds: z.number().min(0).max(3600).default(5),
  timeZone: z.string().nullable().default(null).describe("IANA zone; null: the installation's"),
  businessDayStart: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM')
    .nullable()
    .default(null),
  openingHours: z
    .array(z.strictObject({ days: z.array(z.number().int().min(1).max(7)), from: z.string(), to: z.string() }))
    .max(50)
    .default([]),
  holidays: z.array(z.iso.date()).max(400).default([]),
  lineOfBusiness: z.string().max(128).nullable().default(null),
  site: z.string().max(128).nullable().default(null),
  stage: z.string().max(64).nullable().default(null),
  hidden: z.boolean().default(false),
})
export type QueueSettings = z.infer<typeof queueSettingsSchema>
export const defaultQueueSettings: QueueSettings = queueSettingsSchema.parse({})

/** First kind of rule: words said. */
export const alertRuleSchema = z.strictObject({
  name: z.string().min(1).max(128),
  enabled: z.boolean().default(true),
  severity: z.enum(['warning', 'critical']).default('warning'),
  condition: z.strictObject({
    type: z.literal('phrase'),
    phrases: z
      .array(z.string().trim().min(2).max(256))
      .min(1)
      .max(50)
      .describe('Any of these; words in this order, punctuation and case ignored'),
    speaker: z.enum(['customer', 'agent', 'any']).default('customer'),
  }),
  queues: z.array(z.string()).max(100).default([]).describe('Queue ids; empty: all'),
})
export type AlertRule = z.infer<typeof alertRuleSchema>

export const webhookEventTypes = ['alert.raised', 'alert.confirmed', 'alert.withdrawn', 'webhook.test'] as const
export const webhookSchema = z.strictObject({
  name: z.string().min(1).max(128),
  url: z.url().max(2048),
  events: z.array(z.enum(webhookEventTypes)).min(1).default(['alert.raised', 'alert.confirmed', 'alert.withdrawn']),
  enabled: z.boolean().default(true),
})
/** As stored: the secret (`whsec_…`) is made by the server and shown once. */
export const storedWebhookSchema = webhookSchema.extend({ secret: z.string() })
export type Webhook = z.infer<typeof storedWebhookSchema>

export const apiKeySchema = z.strictObject({
  name: z.string().min(1).max(128),
  scopes: z.array(z.enum(scopes)).min(1),
  /** SHA-256 of the whole key, hex. The key itself is never kept. */
  hash: z.string(),
  createdAt: z.number(),
  expiresAt: z.number().nullable(),
})

/** Ids in `callboard.settings`: type prefix + id. */
export const settingTypes = {
  queue: queueSettingsSchema,
  'alert-rule': alertRuleSchema,
  webhook: storedWebhookSchema,
  key: apiKeySchema,
} as const
export type SettingType = keyof typeof settingTypes
export type SettingOf<T extends SettingType> = z.infer<(typeof settingTypes)[T]>
