import type { SimulateSummary } from './simulate.ts'

const number = new Intl.NumberFormat('en-GB')

/** `inbound-voice, seed 1: 1,234 events (…) in 0.8 s; duplicates 12; http://…: 1,200 accepted …`. */
export function summaryText(summary: SimulateSummary): string {
  const { profile, seed, messages, seconds, out, http, kinesis } = summary
  const parts = [
    `${profile}, seed ${seed}: ${number.format(messages)} events${listed(summary.byKind)} in ${seconds.toFixed(1)} s${summary.isStopped ? ', stopped' : ''}`,
  ]
  if (Object.keys(summary.disturbed).length > 0) parts.push(`lost or added by${listed(summary.disturbed)}`)
  if (out !== undefined) parts.push(`written to ${out}`)
  if (http) {
    const { accepted, duplicate, deadLettered, retries } = http
    parts.push(
      `${http.url}: ${number.format(accepted)} accepted, ${number.format(duplicate)} duplicate, ${number.format(deadLettered)} dead-lettered${retries > 0 ? `, ${retries} retries` : ''}${skipped(http.skipped)}`,
    )
  }
  if (kinesis)
    parts.push(
      `Kinesis: ${number.format(kinesis.records)} records${kinesis.retried > 0 ? `, ${number.format(kinesis.retried)} sent again` : ''}${skipped(kinesis.skipped)}`,
    )
  return parts.join('; ')
}

const listed = (counts: Record<string, number>): string =>
  Object.keys(counts).length === 0
    ? ''
    : ` (${Object.entries(counts)
        .map(([name, count]) => `${name} ${number.format(count)}`)
        .join(', ')})`

const skipped = (counts: Record<string, number>): string => (Object.keys(counts).length === 0 ? '' : `, not sent${listed(counts)}`)
