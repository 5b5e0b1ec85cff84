/**
 * A gateway and its control plane on a PostgreSQL with standbys: homes whose flags a Supplier sets over the API, and messages
 * for their meters, while servers are stopped, promoted and made anew.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { newToken } from '../../src/control/identity.ts'
import { mpanCheckDigit } from '../../src/core/restriction/mpxn.ts'
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts'
import { device, supplied } from '../../test/restriction/scene.ts'
import { deviceKey } from '../../test/support/plans.ts'
import {
  type ClusterOptions,
  PostgresCluster,
  withoutReplication,
} from '../../test/support/replicated-postgres.ts'
import type { StubPeer } from '../../test/support/stub-dsp.ts'
import { deviceOf, disableSupply, readOf } from './messages.ts'
import { NotHere, type ProbeScope } from './row.ts'
import { newFolder, ServedGateway } from './served-gateway.ts'
import { startDsp } from './upstream.ts'

const SUPPLIER = newToken()

const CONFIG = `
controlPlane: {listen: "127.0.0.1:0"}
parties:
  - {id: SUP-E, name: Electricity Supplier, roles: [supplier]}
credentials:
  - {tokenHash: ${SUPPLIER.tokenHash}, party: SUP-E, roles: [supplier], name: jane.doe}
`

const HOMES = 400

/** The meter of a home, as messages name it. */
export function meterOf(home: number): string {
  return deviceOf(500_000 + home)
}

/** A meter on which no flag is ever set. */
export const CLEAR = deviceOf(499_999)

function mpanOf(home: number): string {
  const digits = `12${String(home).padStart(10, '0')}`
  return `${digits}${mpanCheckDigit(digits)}`
}

export interface PlaceOptions extends ClusterOptions {
  /** How the gateway reaches the store; all servers when absent. */
  readonly store?: (cluster: PostgresCluster) => string | Promise<string>
}

/** A flag that was answered with 201. */
interface Answered {
  readonly home: number
  readonly id: string
}

export class FailOverPlace {
  readonly cluster: PostgresCluster
  readonly dsp: StubPeer
  readonly gateway: ServedGateway
  readonly #api: string
  /** Flags that were set, in the order in which they were. */
  readonly answered: Answered[] = []
  /** Homes whose flag is in force by what the API has said. */
  readonly inForce = new Set<number>()
  /** Other answers than 201 to requests for a flag, and how often. */
  readonly refused = new Map<number, number>()
  #homes = 0

  private constructor(cluster: PostgresCluster, dsp: StubPeer, gateway: ServedGateway, api: string) {
    this.cluster = cluster
    this.dsp = dsp
    this.gateway = gateway
    this.#api = api
  }

  static async start(scope: ProbeScope, options: PlaceOptions = {}): Promise<FailOverPlace> {
    if (withoutReplication) throw new NotHere(withoutReplication)
    const cluster = await PostgresCluster.start(scope, options)
    const store = await openPostgresStore({ connection: cluster.url() })
    await store.change(async (unit) => {
      for (let home = 0; home < HOMES; home++) {
        const key = deviceKey(meterOf(home))
        await unit.inventory.put([device({ key, type: 'ESME', hub: undefined, mpxn: mpanOf(home) })])
        await unit.inventory.putRegistrations([supplied(mpanOf(home), 'SUP-E')])
      }
    })
    await store.close()
    const dsp = await startDsp(scope)
    const location = options.store ? await options.store(cluster) : cluster.url()
    const gateway = await startGateway(scope, location, dsp)
    const { api = '' } = await gateway.logged('the control plane is listening')
    return new FailOverPlace(cluster, dsp, gateway, api)
  }

  /**
   * Asks for the flag of a home that has none yet; the status answered, 0 when there is no answer. A home that got no good answer
   * is asked for again, and refused when the flag was kept all the same.
   */
  async setFlag(): Promise<number> {
    const home = this.#homes
    const body = JSON.stringify({ mpxn: mpanOf(home), reference: 'CASE-4711', declaration: DECLARATION })
    const reply = await this.#ask('restrictions', { method: 'POST', body })
    const status = reply?.status ?? 0
    if (status !== 0 && status !== 503) this.#homes += 1
    if (reply?.status === 201)
      this.answered.push({
        home,
        id: ((await reply.json()) as { restriction: { id: string } }).restriction.id,
      })
    else this.refused.set(status, (this.refused.get(status) ?? 0) + 1)
    return status
  }

  /** Whether the flag is in force by what the API says, waiting for it so long. */
  async becomesInForce({ home, id }: Answered, withinMs = 20_000): Promise<boolean> {
    const until = performance.now() + withinMs
    while (performance.now() < until) {
      const reply = await this.#ask(`restrictions/${id}?wait=in-force&timeoutMs=1000`, {})
      const flag = reply?.ok ? ((await reply.json()) as { propagation: { state: string } }) : undefined
      if (flag?.propagation.state === 'in force') {
        this.inForce.add(home)
        return true
      }
      if (!reply?.ok) await pause(50)
    }
    return false
  }

  /** Flags that were answered with 201 and that the store does not have. */
  async lost(): Promise<number> {
    let lost = 0
    for (const { id } of this.answered)
      if ((await this.#ask(`restrictions/${id}`, {}))?.status === 404) lost++
    return lost
  }

  #ask(path: string, init: { method?: string; body?: string }): Promise<Response | undefined> {
    const headers = { authorization: `Bearer ${SUPPLIER.token}`, 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(15_000)
    return fetch(`${this.#api}/${path}`, { ...init, headers, signal }).catch(() => undefined)
  }
}

const DECLARATION = {
  steps: ['advice-given', 'visit-offered'],
  date: '2024-02-29',
  evidence: 'CASE-4711',
  isLastResort: true,
  isCreditMode: true,
}

/** Another gateway on the same cluster, without a control plane unless told. */
export function startGateway(
  scope: ProbeScope,
  store: string,
  dsp: StubPeer,
  settings: readonly string[] = [],
): Promise<ServedGateway> {
  return ServedGateway.start(scope, {
    folder: newFolder(scope),
    config: CONFIG,
    settings: [`store=${store}`, `southbound.dspUrl=${dsp.url.origin}`, ...settings],
  })
}

/** What messages were answered while something went on. */
export class Traffic {
  readonly #gateway: ServedGateway
  readonly #inForce: ReadonlySet<number>
  #isOver = false
  #sent: Promise<void>
  /** Reads of meters whose flag was in force before they were sent, and that went on. */
  leaked = 0
  /** Supply messages that did not go on. */
  stopped = 0
  messages = 0
  /** Reads that were put off. */
  putOff = 0

  constructor({ gateway, inForce }: Pick<FailOverPlace, 'gateway' | 'inForce'>) {
    this.#gateway = gateway
    this.#inForce = inForce
    this.#sent = this.#send()
  }

  async end(): Promise<this> {
    this.#isOver = true
    await this.#sent
    return this
  }

  async #send(): Promise<void> {
    while (!this.#isOver) {
      const homes = [...this.#inForce].slice(-4)
      const reads = await Promise.all(homes.map((home) => this.#gateway.send(readOf(meterOf(home)))))
      this.leaked += reads.filter(({ status }) => status === 204).length
      const clear = await this.#gateway.send(readOf(CLEAR))
      const supply = await this.#gateway.send(disableSupply(meterOf(homes[0] ?? 0)))
      this.putOff += [...reads, clear].filter(({ status }) => status === 503).length
      if (supply.status !== 204) this.stopped++
      this.messages += reads.length + 2
      await pause(20)
    }
  }
}
