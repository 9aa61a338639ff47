import { createLegacyIvr } from '../legacy/ivr.ts'
import { createNumberPool } from '../legacy/number-pool.ts'
import { createLegacyPlatform } from '../legacy/platform.ts'
import type { Contact, HandOvers, World } from '../model.ts'
import { arrive, complete, disconnect, leave } from './contacts.ts'
import { callOutside, endOutside } from './conversation.ts'

const HOUR_MS = 3_600_000
/** A number stands for one call while the other platform answers it, and a while longer. */
const NUMBER_HELD_MS = 30_000
const MENU_MS = 35_000

/** The legacy platform of the plan and the ways between it and Connect; null where the plan has none. */
export function createHandOvers(world: World): HandOvers | null {
  const { centre, schedule, load } = world
  const { legacy, legacyEntry } = centre.plan
  if (!legacy) return null
  const random = load.fork('legacy')
  const platform = createLegacyPlatform({
    schedule,
    random,
    plan: legacy,
    write: (line) => world.send('queue-log', line),
    note: (fact) => world.note?.(fact),
    transferOut: ({ number, callerNumber }) =>
      comeIn(
        world,
        number,
        callerNumber,
        centre.queues.map(({ name }) => name!),
      ),
  })
  const pools = legacy.queues.map((queue) => createNumberPool(queue.did, { holdMs: NUMBER_HELD_MS }))
  const ivr = createLegacyIvr({
    schedule,
    random: random.fork('ivr'),
    pool: createNumberPool(centre.pool, { holdMs: NUMBER_HELD_MS }),
    menuMs: MENU_MS,
    note: (fact) => world.note?.(fact),
    handOver: ({ number, callerNumber }) => comeIn(world, number, callerNumber, legacyEntry?.to ?? []),
  })

  const expectCall = (everyMs: number): void =>
    schedule.after(load.exponential(everyMs), () => {
      if (schedule.now() >= world.endAt) return
      ivr.take(`+4420794600${String(load.whole(0, 99)).padStart(2, '0')}`)
      expectCall(everyMs)
    })

  return {
    open() {
      platform.open()
      if (legacyEntry) expectCall(HOUR_MS / legacyEntry.perHour)
    },
    close: () => platform.close(),
    wants({ queue }) {
      const hasMoved = queue.movesAfterMs !== null && schedule.now() - world.startAt >= queue.movesAfterMs
      return !hasMoved && load.chance(queue.handOverShare)
    },
    handOver(contact) {
      const number = pools.length === 0 ? undefined : pools[contact.queue.index % pools.length]!.take(schedule.now())
      if (number !== undefined) return goOut(world, contact, number, (call, onEnd) => platform.take(call, onEnd))
      world.note?.({ type: 'pool-exhausted', at: schedule.now() })
      // Nobody here can take it either.
      if (world.desksOf[contact.queue.index]!.length === 0) leave(world, contact, 'CONTACT_FLOW_DISCONNECT', null)
      return world.desksOf[contact.queue.index]!.length === 0
    },
  }
}

type Take = ReturnType<typeof createLegacyPlatform>['take']

/** The flow transfers the caller to a number of the legacy platform; the call goes on there until somebody hangs up. */
function goOut(world: World, contact: Contact, number: string, take: Take): true {
  contact.isColdTransfer = true
  contact.transferredAt = world.schedule.now()
  contact.transferredTo = number
  const outside = callOutside(world, contact, number, () => {
    take({ number, callerNumber: contact.customerNumber, handedOverFrom: contact.id }, ({ by }) => {
      endOutside(world, contact, outside)
      disconnect(world, contact, by === 'caller' ? 'CUSTOMER_DISCONNECT' : 'THIRD_PARTY_DISCONNECT')
      complete(world, contact)
    })
  })
  return true
}

/** A call that the legacy platform hands over arrives on a number of the pool. */
function comeIn(world: World, systemNumber: string, customerNumber: string, names: readonly string[]): void {
  const queues = world.centre.queues.filter(({ name }) => names.includes(name!))
  if (queues.length === 0) return
  arrive(world, {
    queue: world.load.pick(queues),
    flowMs: world.load.whole(1500, 5000),
    more: { systemNumber, customerNumber, isHandedOver: true },
  })
}
