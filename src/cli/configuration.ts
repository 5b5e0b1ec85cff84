/** The configuration and the store that a command works on. */

import { dirname, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { configOrFault } from '../config/configuration-fault.ts'
import { CONFIG_FILE_VARIABLE, type ConfigResult, readConfig } from '../config/read-config.ts'
import { type StoreSettings, storeProblem } from '../config/store.ts'
import { fileFaultText, readTextFile } from '../config/text-file.ts'
import type { Party } from '../core/restriction/party.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { type Terminal, usageError } from './terminal.ts'

/** What `--config` and `--set` give. */
export interface ConfigOptions {
  readonly config?: string
  readonly set?: readonly string[]
}

/** Reads all sources; a file that cannot be read is a usage error. */
export async function configResultOf(terminal: Terminal, options: ConfigOptions): Promise<ConfigResult> {
  const name = options.config ?? terminal.environment[CONFIG_FILE_VARIABLE]
  return readConfig({
    file: name === undefined ? undefined : await configFile(resolve(terminal.workingFolder, name), name),
    environment: terminal.environment,
    overrides: options.set ?? [],
    workingFolder: terminal.workingFolder,
  })
}

/** The configuration, or a ConfigurationFault that lists all problems. */
export async function configOf(terminal: Terminal, options: ConfigOptions): Promise<Config> {
  return configOrFault(await configResultOf(terminal, options))
}

async function configFile(
  path: string,
  name: string,
): Promise<{ name: string; folder: string; text: string }> {
  try {
    return { name, folder: dirname(path), text: await readTextFile(path) }
  } catch (error) {
    throw usageError(
      `cannot read the configuration ${name} (${fileFaultText(error)}); check the path given with --config`,
    )
  }
}

/** The configured party of that ID. */
export function partyNamed(parties: readonly Party[], id: string): Party {
  const party = parties.find((each) => each.id === id)
  if (party) return party
  const known = parties.map((each) => each.id).join(', ') || 'none'
  throw usageError(`the party ${id} is not configured; give one of: ${known}`)
}

/** `--store LOCATION` and the configuration's options. */
export interface StoreOptions extends ConfigOptions {
  readonly store?: string
}

/** Runs `work` on the configured store. The file and its folder are made when they are not there. */
export async function withStore<Result>(
  terminal: Terminal,
  options: StoreOptions,
  work: (store: SqlStore) => Promise<Result>,
): Promise<Result> {
  return onStore(named(options) ?? (await configOf(terminal, options)).store, work)
}

/** The same with the schema brought up to date first, whatever the configuration says of that. */
export async function withMigratedStore<Result>(
  terminal: Terminal,
  options: StoreOptions,
  work: (store: SqlStore) => Promise<Result>,
): Promise<Result> {
  const settings = named(options) ?? (await configOf(terminal, options)).store
  return onStore({ ...settings, migrate: 'auto' }, work)
}

/** The same for work that needs the configuration as well. */
export async function withConfiguredStore<Result>(
  terminal: Terminal,
  options: StoreOptions,
  work: (store: SqlStore, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = await configOf(terminal, options)
  return onStore(named(options) ?? config.store, (store) => work(store, config))
}

/** The store that is given in place of the configured one. */
function named({ store: location }: StoreOptions): StoreSettings | undefined {
  if (location === undefined) return undefined
  const problem = storeProblem(location)
  if (problem !== undefined) throw usageError(`--${problem}`)
  return { location }
}

async function onStore<Result>(
  settings: StoreSettings,
  work: (store: SqlStore) => Promise<Result>,
): Promise<Result> {
  // The drivers are half of what a command loads that needs no store.
  const { openStoreAt } = await import('../run/store-driver.ts')
  const store = await openStoreAt(settings)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
