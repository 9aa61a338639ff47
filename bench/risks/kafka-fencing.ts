// Do kafkajs transactions fence a paused owner on a real Kafka 4.x, are they exactly once, and how fast are they?
//   node --conditions=source --import tsx bench/risks/kafka-fencing.ts [steps] [read] [steady] [fencing] [cut] [crash] [crash-bare]
// Without arguments all but the last, which shows what happens without the barrier.
import { cutClaim, crashClaim } from './kafka-claim-faults.ts'
import { fencingClaim } from './kafka-claim-fencing.ts'
import { readClaim } from './kafka-claim-read.ts'
import { steadyClaim } from './kafka-claim-steady.ts'
import { cacheCoordinators } from './kafka-client.ts'
import { withBroker, type Claim } from './kafka-harness.ts'
import { repairReadCommitted } from './kafka-read-committed.ts'
import { runSteps } from './kafka-steps.ts'

const WHOLE_RUN_TIMEOUT_MS = 20 * 60_000

async function stepsClaim(): Promise<Claim> {
  const results = await withBroker(({ kafka }) => runSteps(kafka))
  return {
    claim: 'steps: everything the adapter needs works',
    pass: results.every((result) => result.ok),
    figures: Object.fromEntries(results.map((result) => [result.step, `${result.ok ? 'ok' : 'FAILED'} ${result.ms} ms ${result.note}`])),
  }
}

/** In this order: the stock client is looked at before it is repaired. */
const CLAIMS = new Map<string, () => Promise<Claim>>([
  ['steps', stepsClaim],
  ['read', readClaim],
  ['steady', steadyClaim],
  ['fencing', fencingClaim],
  ['cut', cutClaim],
  ['crash', crashClaim],
  ['crash-bare', () => crashClaim(6, false)],
])

const failed = (claim: string, error: unknown): Claim => ({
  claim,
  pass: false,
  figures: { error: error instanceof Error ? error.stack : String(error) },
})

async function main(): Promise<void> {
  const wanted = process.argv.slice(2)
  let passed = true
  for (const [name, run] of CLAIMS) {
    if (wanted.length > 0 ? !wanted.includes(name) : name === 'crash-bare') continue
    if (name !== 'steps' && name !== 'read') {
      repairReadCommitted()
      cacheCoordinators()
    }
    const claim = await run().catch((error: unknown) => failed(name, error))
    passed &&= claim.pass
    console.log(`${claim.pass ? 'PASS' : 'FAIL'} ${claim.claim}\n${JSON.stringify(claim.figures, undefined, 1)}`)
  }
  process.exit(passed ? 0 : 1)
}

// kafkajs lets go of a promise now and then; a rejection there must not end the run unseen.
process.on('unhandledRejection', (error) => console.error('unhandled rejection', error instanceof Error ? error.stack : error))

setTimeout(() => {
  console.error('FAIL the whole run took too long')
  process.exit(1)
}, WHOLE_RUN_TIMEOUT_MS)
await main()
