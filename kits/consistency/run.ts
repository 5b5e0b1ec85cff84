/**
 * One run of the consistency test: three gateways on a real PostgreSQL, each behind a proxy of its own; Suppliers who set
 * and clear flags; Service Users who send messages; a nemesis. It answers the history; `checker.ts` judges it.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../../src/core/duis/eui64.ts'
import { mpanCheckDigit } from '../../src/core/restriction/mpxn.ts'
import { restrictionService } from '../../src/restrictions/restriction-service.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { FaultProxy } from '../../test/support/fault-proxy.ts'
import { startPostgres, type TestPostgres } from '../../test/support/postgres.ts'
import { wardedFolder } from '../../test/support/warden.ts'
import { hasShownEnough } from './checker.ts'
import { GatewayProcess } from './gateway-process.ts'
import { type FaultKind, type HistoryLine, HistoryWriter } from './history.ts'
import { Nemesis, seeded } from './nemesis.ts'
import { FarSide, Probes, probeOf } from './probes.ts'
import { type Meter, SUPPLIER, Writers } from './writers.ts'

export interface RunOptions {
  /** How long messages are sent at the least, in seconds: it goes on until each fault has come once and each gateway has shown enough. */
  readonly seconds: number
  /** How much of that goes by before the first fault: times to in force are measured there. */
  readonly calmSeconds: number
  readonly seed: number
  readonly leaseMs: number
  readonly meters: number
  /** What may go wrong; nothing when empty. */
  readonly kinds: readonly FaultKind[]
  /** Told of each step, for people who wait. */
  readonly say?: (text: string) => void
}

const GATEWAYS = ['gateway-a', 'gateway-b', 'gateway-c']

/** After the last fault: for every change to come to be in force. */
const PATIENCE_MS = 20_000

export async function runConsistency(options: RunOptions): Promise<readonly HistoryLine[]> {
  const stage = await Stage.open(options)
  try {
    await stage.play()
    return stage.history.lines
  } finally {
    await stage.close()
  }
}

class Stage {
  readonly history = new HistoryWriter()
  readonly #options: RunOptions
  readonly #random: () => number
  /** What was opened and how to close it, newest last. */
  readonly #closers: (() => Promise<unknown>)[] = []
  readonly #gateways: GatewayProcess[] = []
  #postgres: TestPostgres | undefined
  #store: SqlStore | undefined

  private constructor(options: RunOptions) {
    this.#options = options
    this.#random = seeded(options.seed)
  }

  static async open(options: RunOptions): Promise<Stage> {
    const stage = new Stage(options)
    try {
      await stage.#openAll()
      return stage
    } catch (error) {
      await stage.close()
      throw error
    }
  }

  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close()
  }

  async #openAll(): Promise<void> {
    const { leaseMs, say } = this.#options
    const folder = wardedFolder('duisgate-consistency-')
    this.#closers.push(() => rm(folder, { recursive: true, force: true }))
    say?.('starting PostgreSQL')
    const postgres = await startPostgres({ isDurable: true })
    this.#postgres = postgres
    this.#closers.push(() => postgres.stop())
    const connection = await postgres.database()
    const store = await openPostgresStore({ connection })
    this.#store = store
    this.#closers.push(() => store.close())
    await this.#stock(store)
    const farSide = await FarSide.start(this.history)
    this.#closers.push(() => farSide.close())
    const path = join(String(connection.host), '.s.PGSQL.5432')
    const { database = '', user = '' } = connection
    say?.(`starting ${GATEWAYS.length} gateways`)
    await Promise.all(
      GATEWAYS.map(async (name, place) => {
        const own = join(folder, name)
        await mkdir(own)
        const proxy = await FaultProxy.start({ path })
        this.#closers.push(() => proxy.close())
        const dspUrl = farSide.url
        const gateway = new GatewayProcess({ name, folder: own, proxy, database, user, dspUrl, leaseMs })
        this.#gateways[place] = gateway
        this.#closers.push(() => gateway.kill())
        await gateway.start()
      }),
    )
  }

  async #stock(store: SqlStore): Promise<void> {
    const meters = metersOf(this.#options.meters)
    await store.change(async (unit) => {
      await unit.inventory.put(
        meters.map(({ device, mpan }) => ({
          key: keyOf(device),
          type: 'ESME',
          hub: undefined,
          mpxn: mpan,
          status: 'Commissioned',
          region: 'North',
          generation: 'SMETS2',
        })),
      )
      await unit.inventory.putRegistrations(
        meters.map(({ mpan }) => ({
          mpxn: mpan,
          role: 'supplier',
          party: SUPPLIER.party,
          from: instantOf(0),
          until: undefined,
        })),
      )
    })
  }

  async play(): Promise<void> {
    const { history } = this
    const { seconds, calmSeconds, seed, leaseMs, kinds, say } = this.#options
    const { store, postgres } = this.#opened()
    history.write({ type: 'settings', leaseMs, gateways: GATEWAYS, seed })
    const random = this.#random
    const meters = metersOf(this.#options.meters)
    const probes = new Probes(history, () => 100 + random() * 200)
    const service = restrictionService({
      store,
      parties: [{ id: SUPPLIER.party, name: 'a Supplier', roles: ['supplier'], euis: [] }],
      table: () => ({ rows: [] }),
    })
    const writers = new Writers({ history, store, service, random, hurry: (device) => probes.hurry(device) })
    probes.start(
      this.#gateways,
      meters.map(({ device }) => device),
    )
    writers.start(meters)
    const beganMs = history.now()
    say?.(`${calmSeconds} s without faults`)
    await pause(calmSeconds * 1_000)
    if (kinds.length > 0) {
      say?.(`${seconds - calmSeconds} s of ${kinds.join(', ')}`)
      const nemesis = new Nemesis({ history, postgres, random, leaseMs, kinds, gateways: this.#gateways })
      await nemesis.rage(beganMs + seconds * 1_000)
      // Gateways find back, and are seen to work again.
      await pause(2 * leaseMs + 500)
    }
    await this.#untilEnough()
    say?.('letting everything come to rest')
    await writers.stop(PATIENCE_MS)
    await probes.stop()
    for (const gateway of this.#gateways) await stopUnlessCrashed(gateway)
    for (const gateway of this.#gateways) this.#takeJournal(gateway)
  }

  /** A slow machine gets more time to show as much as a quick one, within bounds. */
  async #untilEnough(): Promise<void> {
    const { history } = this
    for (const until = history.now() + 3 * PATIENCE_MS; history.now() < until; await pause(500))
      if (hasShownEnough(history.lines)) return
  }

  #opened(): { store: SqlStore; postgres: TestPostgres } {
    if (!this.#store || !this.#postgres) throw new Error('the stage is not open')
    return { store: this.#store, postgres: this.#postgres }
  }

  /** What each decision rested on. A gateway that was killed has lost some lines. */
  #takeJournal(gateway: GatewayProcess): void {
    for (const { requestId, verdict, flag, flagVersion, flagAgeMs } of gateway.journal()) {
      const probe = probeOf(String(requestId))
      if (probe === undefined || typeof verdict !== 'string') continue
      this.history.write({
        type: 'verdict',
        probe,
        verdict,
        flag: String(flag),
        version: typeof flagVersion === 'number' ? flagVersion : undefined,
        ageMs: typeof flagAgeMs === 'number' ? flagAgeMs : undefined,
      })
    }
  }
}

/** A gateway that ends by itself shows something, but not what this test is about. */
async function stopUnlessCrashed(gateway: GatewayProcess): Promise<void> {
  if (gateway.crash !== undefined) throw new Error(`${gateway.name} ended by itself:\n${gateway.crash}`)
  await gateway.stop()
}

function metersOf(count: number): readonly Meter[] {
  return Array.from({ length: count }, (_, place) => {
    const hex = place.toString(16).toUpperCase().padStart(2, '0')
    return { device: `00-0D-5C-AA-16-9B-00-${hex}`, mpan: mpanOf(place) }
  })
}

function mpanOf(place: number): string {
  const digits = `12${place.toString().padStart(10, '0')}`
  return `${digits}${mpanCheckDigit(digits)}`
}

function keyOf(device: string): DeviceKey {
  const key = parseEui64(device)
  if (key === undefined) throw new Error(`${device} is not an EUI-64`)
  return key
}
