import { z } from 'zod'
import { optionalTimestampFault, timestampFault } from './timestamp.ts'

/**
 * Pieces the wire schemas share. Rules for all of them: only fields we read are declared, so everything else may change
 * freely; what the guide calls nullable may also be absent; nothing is transformed, so a checked payload is the wire type.
 */

/** Amazon's identifiers: 1 to 256 characters. They become keys. */
export const idWire = z.string().min(1).max(256)
export const arnWire = z.string().min(1).max(512)
/** An id that may be absent, null or empty. */
export const optionalId = z.string().max(256).nullish()
export const optionalText = z.string().nullish()
export const optionalNumber = z.number().nullish()

/** A plain check: `superRefine` makes objects for each text, and an event has ten of these. */
function momentCheck(faultOf: (text: string) => string | null): z.core.CheckFn<string> {
  return (context) => {
    const message = faultOf(context.value)
    if (message !== null) context.issues.push({ code: 'custom', message, input: context.value })
  }
}

export const timestampWire = z.string().check(momentCheck(timestampFault))

export const optionalTimestamp = z.string().check(momentCheck(optionalTimestampFault)).nullish()

/** `VOICE`, `CHAT`, `TASK`, `EMAIL`: contact events also write `Voice`, the agent event guide `TASKS`. */
export function toChannel(text: string): string {
  const upper = text.toUpperCase()
  return upper === 'TASKS' ? 'TASK' : upper
}

export function toOptionalChannel(text: string | null | undefined): string | null {
  return text === null || text === undefined || text === '' ? null : toChannel(text)
}

/** Absent, null and empty are the same "no value" in Amazon's records. */
export function toOptionalText(text: string | null | undefined): string | null {
  return text === undefined || text === '' ? null : text
}
