import { CallboardError, messageOf } from '#kernel/errors'

/** Runs a command's work; a failure is one line on standard error (JSON with --json) and exit code 1. */
export async function runCommand(json: boolean, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const code = error instanceof CallboardError ? error.code : undefined
    if (json) console.error(JSON.stringify({ error: messageOf(error), ...(code === undefined ? {} : { code }) }))
    else console.error(`callboard: ${messageOf(error)}`)
    process.exitCode = 1
  }
}

export function print(json: boolean, value: unknown, text: string): void {
  console.log(json ? JSON.stringify(value) : text)
}
