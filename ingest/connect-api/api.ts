import { ConnectClient } from '@aws-sdk/client-connect'
import { ConnectContactLensClient } from '@aws-sdk/client-connect-contact-lens'
import { clientOptions } from '../aws/client.ts'
import type { Budget, Operation, Order } from './budget.ts'
import { instanceOf, type ConnectApiSourceConfig } from './config.ts'

export interface Abortable {
  abortSignal: AbortSignal
}

/** The API of one instance, paid for out of the account's budget. */
export interface ConnectApi {
  instanceId: string
  connect: ConnectClient
  lens: ConnectContactLensClient
  /** Makes one call when the budget allows. */
  call<T>(operation: Operation, send: (options: Abortable) => Promise<T>, order: Order): Promise<T>
  close(): void
}

export function createConnectApi(config: ConnectApiSourceConfig, budget: Budget): ConnectApi {
  const { contactLensEndpoint = config.endpoint } = config
  // Each try costs a call of the allowance, so that the client must not make any by itself.
  const once = { maxAttempts: 1 }
  const connect = new ConnectClient({ ...clientOptions(config), ...once })
  const lens = new ConnectContactLensClient({ ...clientOptions({ ...config, endpoint: contactLensEndpoint }), ...once })
  return {
    instanceId: instanceOf(config).instanceId,
    connect,
    lens,
    call: (operation, send, order) => budget.spend(operation, () => send({ abortSignal: order.signal }), order),
    close() {
      connect.destroy()
      lens.destroy()
    },
  }
}
