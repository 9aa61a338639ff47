/** `npm run test:faults` runs all; `npm test` a small part. */
export const isLong = process.env['FAULTS'] === 'long'
/** Every random choice follows from it; printed by each test that makes one. */
export const seed = Number(process.env['FAULTS_SEED'] ?? 1)
