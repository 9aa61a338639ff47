import type { PublicContact } from '#contracts/public'

/** The queue's name, or its id as long as the name is not known. */
export function queueTitle({ queue }: Pick<PublicContact, 'queue'>): string {
  return queue ? (queue.name ?? queue.id) : 'No queue'
}
