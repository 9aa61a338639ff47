import { url as debuggerUrl } from 'node:inspector'
import { Worker } from 'node:worker_threads'
import type { Component } from '../lifecycle.ts'

const BEAT_MS = 1_000

/**
 * Ends the process when its event loop has not turned for `stallMs`: code that never returns can be stopped by nobody inside it, and
 * whoever asks for health gets no answer. A thread looks on; it counts only its own looks, so a machine that was suspended is not mistaken for a hang.
 * SIGKILL, because no handler would run. The record being folded is in the fold marks: it is set aside after three such ends.
 */
export function createWatchdog({ stallMs }: { stallMs: number }): Component {
  let thread: Worker | undefined
  let beating: NodeJS.Timeout | undefined
  const beats = new Int32Array(new SharedArrayBuffer(4))
  return {
    name: 'watchdog',
    async start() {
      // Somebody who debugs stops the loop on purpose.
      if (thread || debuggerUrl() !== undefined) return
      // Not the clock's timer: it is this loop that is watched, whatever time a test makes it.
      beating = setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref()
      const looks = Math.ceil(stallMs / BEAT_MS)
      thread = new Worker(watch, { eval: true, execArgv: [], env: {}, workerData: { beats, looks, pid: process.pid, beatMs: BEAT_MS } })
      thread.unref()
    },
    async stop() {
      clearInterval(beating)
      await thread?.terminate()
      thread = undefined
    },
  }
}

/** The thread's code, as text: it needs nothing of ours, and a file of its own would have to be found from source and built alike. */
const watch = `
const { workerData: { beats, looks, pid, beatMs } } = require('node:worker_threads')
const { writeSync } = require('node:fs')
let seen = -1
let silent = 0
setInterval(() => {
  const now = Atomics.load(beats, 0)
  silent = now === seen ? silent + 1 : 0
  seen = now
  if (silent < looks) return
  writeSync(2, 'callboard: the event loop has not turned for ' + silent * beatMs / 1000 + ' s; the process ends\\n')
  process.kill(pid, 'SIGKILL')
}, beatMs)
`
