#!/usr/bin/env node
// `npm start`: builds what is missing, then runs everything on this machine in this process.
import { build } from './build.mjs'

build()
process.argv.splice(2, 0, 'up')
await import('../bin/callboard.mjs')
