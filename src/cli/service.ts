/**
 * Puts one gateway together from a configuration: store, flags, table, journal, listeners. `serve` and `demo` run it.
 *
 * Opened in that order and closed in the other; what fails to open closes what was opened before it.
 */

import type { Config } from '../config/config.ts'
import { loadCatalogue } from '../config/load-catalogue.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { Table } from '../core/policy/table.ts'
import { LiveFlags } from '../flags/live-flags.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import { FileJournal, type Journal } from '../gateway/journal.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { compiledTableOf, tableOf } from './policy-files.ts'

export interface ServiceOptions {
  readonly config: Config
  readonly log: Logger
  /** In place of the journal that the configuration names. */
  readonly journal?: Journal
}

export interface Service {
  readonly store: Store
  readonly flags: LiveFlags
  readonly gateway: Gateway
  readonly table: Table
  /** Reads the table's file again; one with problems is refused and the last good one stays in force. */
  reloadTable(): Promise<void>
  /** Finishes what is in flight, then closes everything. */
  stop(): Promise<void>
}

/** Resolves once all listeners are open and the flags have tried to get in step. */
export async function startService({ config, log, journal }: ServiceOptions): Promise<Service> {
  const catalogue = await loadCatalogue()
  const table = await tableOf(config.table, catalogue)
  const store = openSqliteStore({ file: config.store })
  const flags = liveFlagsOn(store, config, log)
  try {
    await flags.start()
    const gateway = await startGateway({
      ...gatewaySettings(config),
      catalogue,
      table,
      flags,
      log,
      journal: journal ?? fileJournal(config, log),
    })
    return new RunningService({ store, flags, gateway, table, catalogue, config, log })
  } catch (error) {
    await flags.stop()
    await store.close()
    throw error
  }
}

/** The part of the gateway's options that comes straight from the configuration. */
function gatewaySettings(config: Config) {
  return {
    dccEuis: config.dccEuis,
    southbound: config.southbound,
    northbound: config.northbound,
    observation: config.control.listen,
    limits: { ...config.limits, drainMs: config.drainMs },
    reading: config.reading,
    responseCodes: { default: config.reject.code, bySchemaVersion: config.reject.codes },
  }
}

function liveFlagsOn(store: Store, config: Config, log: Logger): LiveFlags {
  return new LiveFlags(store, {
    ...config.flags,
    onStoreFailure: (error) =>
      log.warn({ err: error }, 'the store does not answer; flags act by onUnknown and onStale'),
    onRefused: (reason) =>
      log.error({ reason }, 'the store went back in time and is not read; see docs/flags.md'),
  })
}

function fileJournal({ journal }: Config, log: Logger): Journal {
  return new FileJournal({
    directory: journal.folder,
    name: 'gateway',
    clock: systemClock,
    maxFileBytes: journal.rotateBytes,
    onFailure: (error, lostLines) => log.error({ err: error, lostLines }, 'the journal cannot be written'),
  })
}

interface Parts extends Pick<Service, 'store' | 'flags' | 'gateway' | 'table'> {
  readonly catalogue: Catalogue
  readonly config: Config
  readonly log: Logger
}

class RunningService implements Service {
  readonly #parts: Parts
  #table: Table

  constructor(parts: Parts) {
    this.#parts = parts
    this.#table = parts.table
  }

  get store(): Store {
    return this.#parts.store
  }

  get flags(): LiveFlags {
    return this.#parts.flags
  }

  get gateway(): Gateway {
    return this.#parts.gateway
  }

  get table(): Table {
    return this.#table
  }

  async reloadTable(): Promise<void> {
    const { config, catalogue, gateway, log } = this.#parts
    try {
      const compiled = await compiledTableOf(config.table, catalogue)
      if (!compiled.ok) {
        log.error(
          { problems: compiled.problems, inForce: this.#table.revision },
          'the table has problems; the last good one stays',
        )
        return
      }
      gateway.setTable(compiled.table)
      this.#table = compiled.table
      log.info({ table: compiled.table.name, revision: compiled.table.revision }, 'the table is in force')
    } catch (error) {
      log.error(
        { err: error, inForce: this.#table.revision },
        'the table cannot be read; the last good one stays',
      )
    }
  }

  async stop(): Promise<void> {
    const { gateway, flags, store } = this.#parts
    await gateway.drain()
    await flags.stop()
    await store.close()
  }
}
