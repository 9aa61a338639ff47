#!/usr/bin/env node
// For containers: ends with 0 when the address answers with 2xx (with "any": when it answers at all), else with 1 and the reason.
const [address = '', accept] = process.argv.slice(2)
try {
  const response = await fetch(address, { signal: AbortSignal.timeout(4000) })
  if (!response.ok && accept !== 'any') throw new Error(`${response.status}: ${(await response.text()).slice(0, 300)}`)
  process.exit(0)
} catch (error) {
  console.error(`${address}: ${error.cause?.message ?? error.message}`)
  process.exit(1)
}
