/** Opens the store for a command and closes it at its end, whatever happens between. */

import { openStoreAt } from '../run/store-driver.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { type ConfigOptions, configOf } from './configuration.ts'
import type { Terminal } from './terminal.ts'

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
  const store = await openStoreAt(options.store ?? (await configOf(terminal, options)).store)
  try {
    return await work(store)
  } finally {
    await store.close()
  }
}
