import { inspectEnvironment } from '#log/lmdb/inspect'
for (const d of process.argv.slice(2)) for (const deep of [false, true]) { const t = performance.now(); try { inspectEnvironment(d, { deep }); console.log(d, deep, 'ok', (performance.now() - t).toFixed(1)) } catch (e) { console.log(d, deep, (e as Error).message) } }
