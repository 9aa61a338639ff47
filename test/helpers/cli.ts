import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const command = resolve(import.meta.dirname, '../../bin/callboard.mjs')

/** Runs the built command line as a person would; never throws for an exit code. */
export function runCli(
  args: readonly string[],
  settings: Record<string, string> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [command, ...args], { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
    child.on('close', (code) => done({ code, out, err }))
  })
}
