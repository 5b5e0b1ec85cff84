/**
 * Puts one gateway together from a configuration: store, flags, table, journal, listeners. `serve` and `demo` run it.
 *
 * Opened in that order and closed in the other; what fails to open closes what was opened before it.
 */

import { join } from 'node:path'
import { CAPTURE_FOLDER } from '../capture/capture-request.ts'
import { CaptureSwitch } from '../capture/capture-switch.ts'
import type { Config } from '../config/config.ts'
import type { ConfigResult } from '../config/read-config.ts'
import { isOfStore, isSameDatabase } from '../config/store.ts'
import type { Table } from '../core/policy/table.ts'
import type { LiveFlags } from '../flags/live-flags.ts'
import { type Gateway, startGateway } from '../gateway/gateway.ts'
import type { MarkupOptions } from '../gateway/known-markup.ts'
import { bothTaps } from '../gateway/tap.ts'
import { FileJournal, type Journal } from '../journal/file-journal.ts'
import { systemClock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { LogSink } from '../observe/log-sink.ts'
import { Metrics } from '../observe/metrics.ts'
import { RareLine, reasonOf } from '../observe/rare-line.ts'
import { SampledReadings } from '../second-reader/in-service/sampled-readings.ts'
import type { SqlStore } from '../store/sql/sql-store.ts'
import { Following } from './following.ts'
import { letHeapGrow } from './heap-growth.ts'
import { type Counts, KeptConfiguration } from './kept-configuration.ts'
import { TableInForce } from './table-in-force.ts'
import { GatewayTlsFiles } from './tls-files.ts'
import { nameOnDisk, ONLY_SEAT, type Seat } from './workers/seat.ts'

export interface ServiceOptions {
  readonly config: Config
  readonly log: Logger
  /** Where the log goes, for the lines that it loses; absent: nobody counts them. */
  readonly logSink?: LogSink
  /** In place of the journal that the configuration names. */
  readonly journal?: Journal
  /** Which worker this is; absent: the gateway is this process alone, and answers for its health and metrics itself. */
  readonly seat?: Seat
  /** Reads the configuration again; absent: it stays as it is. */
  readonly readConfiguration?: () => Promise<ConfigResult>
  /** The operator wants the store used as it is, although this gateway has followed another or a later one. */
  readonly acceptsStoreReset?: boolean
  /** Told when learned markup was found to be wrong here; absent: no other process has learned any. */
  readonly onMarkupDiffers?: () => void
}

export interface Service {
  readonly store: SqlStore
  readonly flags: LiveFlags
  readonly gateway: Gateway
  readonly table: Table
  /** Reads configuration, table's file and TLS files again; what has problems is refused and the last good one stays. */
  reload(): Promise<void>
  /** Finishes what is in flight, then closes everything; asked again, it is the same end. */
  stop(): Promise<void>
}

/**
 * Resolves once all listeners are open and the flags have tried to get in step. The listeners come first: their address is
 * this gateway's alone, and so is the name it reports under. Until the flags are in step they are unknown.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { config, log, seat, acceptsStoreReset = false } = options
  const own = seat ?? ONLY_SEAT
  letHeapGrow()
  const tlsFiles = await GatewayTlsFiles.open(config, log)
  const inForce = await TableInForce.load(config, log)
  const following = await Following.open({
    config,
    log,
    seat: own,
    acceptsStoreReset,
    table: () => inForce.table,
  })
  const metrics = new Metrics()
  const captures = captureSwitch(options, own, following.flags, metrics)
  const readings = sampledReadings(options, inForce, metrics)
  try {
    await inForce.follow(following.store)
    const gateway = await startGateway({
      ...gatewaySettings(config),
      ...(seat ? {} : { observation: config.control.listen }),
      tls: tlsFiles.tls,
      catalogue: inForce.catalogue,
      table: inForce.table,
      shadow: inForce.shadow,
      flags: following.flags,
      records: following.store,
      clock: following.time,
      taps: bothTaps(captures, readings),
      markup: markupOptions(options, readings),
      metrics,
      log,
      journal: options.journal ?? fileJournal(config, own, log),
      onEvents: (seen) => following.keep(seen),
      swaps: following.swaps,
    })
    inForce.whenSwitched(() => {
      goBy(inForce, gateway)
      following.tableSwitched()
    })
    goBy(inForce, gateway)
    inForce.watch(gateway.metrics)
    gateway.metrics.watch('duisgate_log_dropped_lines', [], () => options.logSink?.dropped ?? 0)
    const configuration = configurationOf(options, { following, gateway, tlsFiles, inForce })
    gateway.metrics.watch('duisgate_configuration_reload_ok', [], () => (configuration.isReadGood ? 1 : 0))
    await followOrDrain(following, gateway)
    await captures.start()
    return new RunningService({ following, gateway, inForce, tlsFiles, captures, readings, configuration })
  } catch (error) {
    tlsFiles.close()
    await readings.stop()
    await inForce.stop()
    await following.stop()
    throw error
  }
}

async function followOrDrain(following: Following, gateway: Gateway): Promise<void> {
  try {
    await following.start(gateway)
  } catch (error) {
    await gateway.drain()
    throw error
  }
}

/** Messages are decided by these tables from now on. */
function goBy({ table, shadow }: TableInForce, gateway: Gateway): void {
  gateway.setTable(table)
  gateway.setShadow(shadow)
}

/** The part of the gateway's options that comes straight from the configuration. */
function gatewaySettings(config: Config) {
  return {
    dccEuis: config.dccEuis,
    southbound: config.southbound,
    northbound: config.northbound,
    limits: { ...config.limits, drainMs: config.drainMs },
    reading: config.reading,
    responseCodes: { default: config.reject.code, bySchemaVersion: config.reject.codes },
  }
}

function configurationOf(
  { config, log, readConfiguration }: ServiceOptions,
  { following, gateway, tlsFiles, inForce }: Pick<Parts, 'following' | 'gateway' | 'tlsFiles' | 'inForce'>,
): KeptConfiguration {
  return new KeptConfiguration({
    ...{ config, log },
    read: readConfiguration ?? (async () => ({ ok: true, config })),
    countsOf: (key, next) =>
      isOfStore(key) && isSameDatabase(config.store, next.store) ? 'here' : countsOf(key),
    take: async (next) => {
      if (isSameDatabase(config.store, next.store)) following.reconnect(next.store)
      const goByTables = await inForce.prepare(next)
      gateway.setRoutes(next.northbound)
      await goByTables()
      tlsFiles.useParties(next.parties, gateway)
      log.level = next.log.level
    },
  })
}

/** What messages are decided by, where Users receive, who may come with which certificate, and what is logged: taken over between two messages. */
const TAKEN_OVER = new Set([
  ...['table', 'shadowTable'],
  ...['northbound.users', 'northbound.fallback', 'parties', 'log.level'],
])
/** What only the control plane looks at. */
const OF_THE_PLANE =
  /^(?:controlPlane\.(?!isOn$)|credentials$|notices\.|audit\.|rules\.|reports\.|retention\.)/

function countsOf(key: string): Counts {
  if (TAKEN_OVER.has(key)) return 'here'
  return OF_THE_PLANE.test(key) ? 'elsewhere' : 'after-restart'
}

function fileJournal({ journal }: Config, seat: Seat, log: Logger): Journal {
  const failures = new RareLine(systemClock)
  return new FileJournal({
    directory: journal.folder,
    name: nameOnDisk('gateway', seat),
    clock: systemClock,
    maxFileBytes: journal.rotateBytes,
    compresses: journal.compress,
    onFailure: (error, lostLines) =>
      failures.note((times) =>
        log.error(
          { reason: reasonOf(error), lostLines, times },
          'the journal cannot be written; it is tried again',
        ),
      ),
  })
}

function captureSwitch(
  { config, log }: ServiceOptions,
  seat: Seat,
  flags: LiveFlags,
  metrics: Metrics,
): CaptureSwitch {
  const folder = join(config.journal.folder, CAPTURE_FOLDER)
  return new CaptureSwitch({ folder, seat, clock: systemClock, metrics, flags, random: Math.random, log })
}

function sampledReadings(
  { config, log }: ServiceOptions,
  { catalogue }: TableInForce,
  metrics: Metrics,
): SampledReadings {
  const { dccEuis, secondReader } = config
  const given = { oneIn: secondReader.oneIn, catalogue: catalogue.data, dccEuis }
  return new SampledReadings({ ...given, clock: systemClock, metrics, log, random: Math.random })
}

/** Messages of known markup that are checked go to the second reader as well, where there is one. */
function markupOptions(
  { config, onMarkupDiffers }: ServiceOptions,
  readings: SampledReadings,
): MarkupOptions {
  const { markup, secondReader } = config
  const told = onMarkupDiffers && { onDifference: onMarkupDiffers }
  const given = { learns: markup.learn, checkOneIn: markup.checkOneIn, random: Math.random, ...told }
  if (secondReader.oneIn === 0) return given
  return { ...given, readAgain: (message) => readings.readAgain(message) }
}

interface Parts {
  readonly following: Following
  readonly gateway: Gateway
  readonly inForce: TableInForce
  readonly tlsFiles: GatewayTlsFiles
  readonly captures: CaptureSwitch
  readonly readings: SampledReadings
  readonly configuration: KeptConfiguration
}

class RunningService implements Service {
  readonly #parts: Parts
  #reloading: Promise<void> = Promise.resolve()
  #stopping: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get store(): SqlStore {
    return this.#parts.following.store
  }

  get flags(): LiveFlags {
    return this.#parts.following.flags
  }

  get gateway(): Gateway {
    return this.#parts.gateway
  }

  get table(): Table {
    return this.#parts.inForce.table
  }

  /** One reading after the other, and the configuration first: it may name other tables. */
  reload(): Promise<void> {
    const { inForce, tlsFiles, configuration } = this.#parts
    this.#reloading = this.#reloading.then(async () => {
      await Promise.all([configuration.reload().then(() => inForce.reload()), tlsFiles.refresh()])
    })
    return this.#reloading
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    await this.#reloading
    const { gateway, following, inForce, tlsFiles, captures, readings } = this.#parts
    await gateway.drain()
    await captures.stop()
    await readings.stop()
    tlsFiles.close()
    await inForce.stop()
    await following.stop()
  }
}
