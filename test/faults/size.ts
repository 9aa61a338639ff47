/** `npm run test:faults` runs all; `npm test` a small part. */
export const isLong = process.env['FAULTS'] === 'long'
/** Every random choice follows from it; printed by each test that makes one. */
export const seed = Number(process.env['FAULTS_SEED'] ?? 1)
/** How many seeds, of one simulated hour each, `sim.seeds` runs. */
export const seeds = Number(process.env['FAULTS_SEEDS'] ?? 2)
