import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createKey } from './keys.ts'

export const LOCAL_TOKEN_FILE = 'local-token'

/** Makes a new token file (mode 0600) for commands on this machine; whoever can read it owns the data folder anyway. */
export async function writeLocalToken(dataDir: string): Promise<string> {
  const { key } = createKey()
  await mkdir(dataDir, { recursive: true })
  const path = join(dataDir, LOCAL_TOKEN_FILE)
  // Written beside and renamed, so that no reader sees half a token and an old file's wider mode does not survive.
  const fresh = `${path}.${process.pid}`
  await writeFile(fresh, `${key}\n`, { mode: 0o600 })
  await chmod(fresh, 0o600)
  await rename(fresh, path)
  return key
}

export async function removeLocalToken(dataDir: string): Promise<void> {
  await rm(join(dataDir, LOCAL_TOKEN_FILE), { force: true })
}
