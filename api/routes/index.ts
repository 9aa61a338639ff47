import type { ApiConfig } from '../config.ts'
import type { RouteContext, ZodApp } from '../context.ts'
import { addAgentRoutes } from './agents.ts'
import { addAlertRuleRoutes } from './alert-rules.ts'
import { addAlertRoutes } from './alerts.ts'
import { addBackupRoutes } from './backups.ts'
import { addContactRoutes } from './contacts.ts'
import { addDeadLetterRoutes } from './dead-letters.ts'
import { addDeliveryRoutes } from './deliveries.ts'
import { addDemoRoutes } from './demo.ts'
import { addDoctorRoute } from './doctor.ts'
import { addKeyRoutes } from './keys.ts'
import { addMetricsRoutes } from './metrics.ts'
import { addQueueRoutes } from './queues.ts'
import { addSessionRoutes } from './session.ts'
import { addTranscriptRoutes } from './transcripts.ts'
import { addWebhookRoutes } from './webhooks.ts'

/** Everything under `/api/v1`, one file per resource. */
export function addRoutes(app: ZodApp, config: ApiConfig, context: RouteContext): void {
  const { demo, version, timeZone, businessDayStart, connectUrl } = config
  addSessionRoutes(app, { demo, version, timeZone, businessDayStart, connectUrl }, context)
  addMetricsRoutes(app, context)
  addQueueRoutes(app, context)
  addAgentRoutes(app, context)
  addContactRoutes(app, context)
  addTranscriptRoutes(app, context)
  addAlertRuleRoutes(app, context)
  addAlertRoutes(app, context)
  addWebhookRoutes(app, config, context)
  addDeliveryRoutes(app, context)
  addKeyRoutes(app, context)
  addDeadLetterRoutes(app, context)
  addBackupRoutes(app, context)
  addDemoRoutes(app, context)
  addDoctorRoute(app, { demo, version }, context)
}
