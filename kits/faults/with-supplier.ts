/** A gateway with its control plane on an SQLite store, a meter in its inventory, and the Supplier who sets its flag over the API. */
import { join } from 'node:path'
import { newToken } from '../../src/control/identity.ts'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { ESME, HOUSEHOLD, MPAN, supplied } from '../../test/restriction/scene.ts'
import type { StubPeer } from '../../test/support/stub-dsp.ts'
import type { ProbeScope } from './row.ts'
import { newFolder, ServedGateway, type ServeOptions } from './served-gateway.ts'
import { startDsp } from './upstream.ts'

/** The meter, as messages name it. */
export const METER = formatEui64(ESME)

const SUPPLIER = newToken()

const CONFIG = `
controlPlane: {listen: "127.0.0.1:0"}
parties:
  - {id: SUP-E, name: Electricity Supplier, roles: [supplier]}
credentials:
  - {tokenHash: ${SUPPLIER.tokenHash}, party: SUP-E, roles: [supplier], name: jane.doe}
`

const REQUEST = {
  mpxn: MPAN,
  reference: 'CASE-4711',
  declaration: {
    steps: ['advice-given', 'visit-offered'],
    date: '2024-02-29',
    evidence: 'CASE-4711',
    isLastResort: true,
    isCreditMode: true,
  },
}

export interface WithSupplier {
  readonly gateway: ServedGateway
  readonly dsp: StubPeer
  /** The process that serves page and API. */
  readonly planePid: number
  /** Asks for the flag of the meter; the status answered, 0 when there is no answer. */
  setFlag(): Promise<number>
  /** What the store has: flags of the meter, and whether the audit trail is whole. */
  held(): Promise<{ readonly flags: number; readonly isWhole: boolean }>
}

export interface SupplierOptions extends Partial<ServeOptions> {
  /** Of store and journal; absent: that of the gateway. */
  readonly storeFolder?: string
}

export async function withSupplier(scope: ProbeScope, options: SupplierOptions = {}): Promise<WithSupplier> {
  const dsp = await startDsp(scope)
  const folder = options.folder ?? newFolder(scope)
  const { storeFolder = folder, settings = [], ...serving } = options
  const gateway = await ServedGateway.start(scope, {
    ...serving,
    folder,
    config: CONFIG,
    settings: [
      `store=${join(storeFolder, 'duisgate.db')}`,
      `journal.folder=${join(storeFolder, 'journal')}`,
      `southbound.dspUrl=${dsp.url.origin}`,
      ...settings,
    ],
  })
  const { api = '', pid: planePid = 0 } = await gateway.logged('the control plane is listening')
  const store = openSqliteStore({ file: join(storeFolder, 'duisgate.db') })
  scope.teardown(() => store.close())
  await store.change(async (unit) => {
    await unit.inventory.put(HOUSEHOLD)
    await unit.inventory.putRegistrations([supplied(MPAN, 'SUP-E')])
  })
  const headers = { authorization: `Bearer ${SUPPLIER.token}`, 'content-type': 'application/json' }
  return {
    gateway,
    dsp,
    planePid,
    setFlag: () =>
      fetch(`${api}/restrictions`, { method: 'POST', headers, body: JSON.stringify(REQUEST) }).then(
        ({ status }) => status,
        () => 0,
      ),
    held: () =>
      store.read(async (view) => {
        const [entries, end] = [await view.audit.from(1, 100_000), await view.audit.end()]
        const checked = verifyChain(entries, [end])
        const flags = await view.restrictions.ofDevice(ESME)
        return { flags: flags.length, isWhole: 'count' in checked }
      }),
  }
}
