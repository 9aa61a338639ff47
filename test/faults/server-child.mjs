/**
 * Callboard as built, in a process that may be killed: the time is the test's, and it can be made to fail (FAILPOINT). Says `ready` with
 * its addresses, `failed` when it does not start; takes `{clock}` and answers `{clock}`; ends with its parent.
 */
import { setTimeout as rest } from 'node:timers/promises'
import { readConfig } from '#config'
import { armFailpoints } from '#kernel/node/failpoint'
import { startCallboard } from '#main'

let now = Number(process.argv[2])
const clock = {
  now: () => now,
  after(delayMs, task) {
    const timer = setTimeout(() => task(), delayMs)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
const say = (message) => new Promise((resolve) => process.send(message, resolve))
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
process.on('message', (message) => {
  if ('clock' in message) {
    now = message.clock
    void say({ clock: now })
  } else void stop()
})

let callboard
async function stop() {
  const problems = (await callboard?.stop()) ?? []
  await say({ stopped: problems })
  process.exit(problems.length === 0 ? 0 : 1)
}

try {
  armFailpoints(process.env)
  callboard = await startCallboard(readConfig(process.env), {
    clock,
    log: (level, event, fields) => void (level !== 'info' && say({ level, event, fields })),
  })
  await say({ ready: { url: callboard.url, metricsUrl: callboard.metricsUrl } })
} catch (error) {
  await say({ failed: error.message, code: error.code })
  await rest(50)
  process.exit(1)
}
