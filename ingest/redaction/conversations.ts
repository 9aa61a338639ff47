import { createConversation, type Conversation } from './conversation.ts'

/** Conversations going on, by contact; the one that was silent longest is forgotten first. */
export interface Conversations {
  /** `isStart`: the message says that the conversation begins with it. */
  of(contactId: string, isStart: boolean): Conversation
  end(contactId: string): void
  size(): number
}

export function createConversations(capacity: number): Conversations {
  const byContact = new Map<string, Conversation>()
  return {
    of(contactId, isStart) {
      const conversation = byContact.get(contactId) ?? createConversation(isStart)
      byContact.delete(contactId)
      byContact.set(contactId, conversation)
      if (byContact.size > capacity) byContact.delete(byContact.keys().next().value!)
      return conversation
    },
    end: (contactId) => void byContact.delete(contactId),
    size: () => byContact.size,
  }
}
