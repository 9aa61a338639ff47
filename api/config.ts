import { z } from 'zod'

/** Settings of the API role. `main.ts` fills them from the environment and the configuration file. */
export const apiConfigSchema = z.strictObject({
  host: z.string().default('127.0.0.1').describe('Address to listen on; another than loopback takes effect only once a key exists'),
  port: z.number().int().min(0).max(65_535).default(8080).describe('0: any free port'),
  dataDir: z.string().describe('Where the local token is written'),
  dashboardDir: z.string().nullable().default(null).describe('Folder of the built dashboard'),
  auth: z.enum(['local', 'none']).default('local').describe('none: everybody on this machine is admin; on loopback only'),
  allowedOrigins: z
    .array(z.string())
    .default([])
    .describe("Origins of pages besides the server's own, such as https://callboard.example.com"),
  webhookAllow: z.array(z.string()).default([]).describe('host:port of private webhook targets'),
  demo: z.boolean().default(false),
  version: z.string(),
  timeZone: z.string().default('UTC'),
  businessDayStart: z.string().default('00:00').describe('HH:MM'),
  connectUrl: z.string().nullable().default(null),
})
export type ApiConfig = z.infer<typeof apiConfigSchema>
