import type { Permission } from '../aws/permissions.ts'
import { instanceOf, type ConnectApiSourceConfig } from './config.ts'

/** What the role needs: lists for names, and words where the source reads them. */
export function connectApiPermissions(config: ConnectApiSourceConfig): Permission[] {
  const { instanceId } = instanceOf(config)
  const arn = config.instanceArn ?? `arn:aws:connect:${config.region}:*:instance/${instanceId}`
  const words = ['connect:ListRealtimeContactAnalysisSegments', 'connect:ListRealtimeContactAnalysisSegmentsV2']
  return [
    {
      sid: 'ReadConnect',
      actions: ['connect:ListQueues', 'connect:SearchUsers', 'connect:ListUsers', ...(config.segments ? words : [])],
      resources: [arn, `${arn}/*`],
    },
  ]
}
