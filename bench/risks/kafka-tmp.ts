import { crashClaim } from './kafka-tmp-faults.ts'
import { cacheCoordinators } from './kafka-client.ts'
import { repairReadCommitted } from './kafka-read-committed.ts'
Error.stackTraceLimit=50; process.on('unhandledRejection', (e) => console.log('UNHANDLED', e instanceof Error ? e.stack : e))
repairReadCommitted(); if (process.argv[2] !== 'stock') cacheCoordinators()
const c = await crashClaim(6, 3000)
console.log(c.pass, JSON.stringify(c))
process.exit(0)
