import { existsSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { readConfig } from '#config'
import { scopes, type Scope } from '#contracts/session'
import { createKeyOffline, listKeysOffline, revokeKeyOffline, type KeySummary } from '#offline'
import { NoServer } from '../client.ts'
import { print, runCommand } from '../run-command.ts'
import { addressOf, clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

type CreateFlags = ServerFlags & { name: string; scope: Scope[] }

export function addKeysCommand(program: Command): void {
  const group = program.command('keys').description('API keys for machines; works on the data folder when no server runs')
  withServerFlags(group.command('create').description('make a key; it is shown once'))
    .requiredOption('--name <name>', 'what the key is for')
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices([...scopes]).default(['read']))
    .action((flags: CreateFlags) =>
      runCommand(flags.json === true, async () => {
        const made = await onServerOr(
          flags,
          (client) =>
            client.call<KeySummary & { key: string }>('POST', '/keys', {
              type: 'application/json',
              text: JSON.stringify({ name: flags.name, scopes: flags.scope }),
            }),
          async () => {
            console.error(`no server answers: the key is made in the data folder ${flags.dataDir}`)
            return createKeyOffline(configOf(flags), flags.name, flags.scope)
          },
          { mayCreate: true },
        )
        print(flags.json === true, made, `${made.key}\n\nKey ${made.id} (${made.name}: ${made.scopes.join(', ')}). It is shown this once.`)
      }),
    )
  withServerFlags(group.command('list').description('keys, never the keys themselves')).action((flags: ServerFlags) =>
    runCommand(flags.json === true, async () => {
      const keys = await onServerOr(
        flags,
        async (client) => (await client.call<{ items: KeySummary[] }>('GET', '/keys?limit=200')).items,
        () => listKeysOffline(configOf(flags)),
      )
      const lines = keys.map((k) => `${k.id}  ${k.createdAt}  ${k.scopes.join(',')}  ${k.name}`)
      print(flags.json === true, keys, lines.length === 0 ? 'no keys' : lines.join('\n'))
    }),
  )
  withServerFlags(group.command('revoke <id>').description('make a key void at once')).action((id: string, flags: ServerFlags) =>
    runCommand(flags.json === true, async () => {
      const done = await onServerOr(
        flags,
        async (client) => {
          await client.call('DELETE', `/keys/${encodeURIComponent(id)}`)
          return true
        },
        () => revokeKeyOffline(configOf(flags), id),
      )
      if (!done) throw new Error(`there is no key ${id}`)
      print(flags.json === true, { revoked: id }, `revoked ${id}`)
    }),
  )
}

/** A server owns its data folder, so it is asked first; where none answers the folder is opened here. */
async function onServerOr<T>(
  flags: ServerFlags,
  online: (client: Awaited<ReturnType<typeof clientOf>>) => Promise<T>,
  offline: () => Promise<T>,
  options: { mayCreate?: boolean } = {},
): Promise<T> {
  try {
    return await online(await clientOf(flags))
  } catch (error) {
    if (!(error instanceof NoServer) || addressOf(flags).isGiven) throw error
    // Nothing to open: a typo in the folder's name must not make a folder with a key nobody asks for.
    if (!options.mayCreate && !existsSync(flags.dataDir))
      throw new Error(
        `no server answers, and there is no data folder ${flags.dataDir}: start the server once, or say --url or --data-dir`,
        {
          cause: error,
        },
      )
    return offline()
  }
}

function configOf(flags: ServerFlags): ReturnType<typeof readConfig> {
  return readConfig({ ...process.env, CALLBOARD_DATA_DIR: flags.dataDir })
}
