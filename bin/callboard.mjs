#!/usr/bin/env node
// Set before anything uses the thread pool: the log and the file system share it, and its default of four is too few.
process.env.UV_THREADPOOL_SIZE ??= '12'
const { existsSync } = await import('node:fs')
const entry = new URL('../dist/cli/main.js', import.meta.url)
if (!existsSync(entry)) {
  console.error('Callboard is not built yet: run "npm start" once, or "npm run build".')
  process.exit(1)
}
await import(entry.href)
