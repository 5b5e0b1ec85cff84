/**
 * A gateway process to be measured: `node scripts/data-plane/gateway.ts CHECKOUT DSP_URL [restricted]`.
 *
 * Runs the code of CHECKOUT (a work tree of this project) with everything on: a store with its flag cache, the shipped
 * table, the journal on disk, metrics and limits. With `restricted`, every Device of the workload is. Prints its port.
 */
import { resolve } from 'node:path'
import { catalogue, DCC_EUI, deviceKey, readWhole } from '../../test/support/plans.ts'
import { restrict } from '../../test/support/restrict.ts'
import { duisTemplates } from '../../test/support/templates.ts'
import { wardedFolder } from '../../test/support/warden.ts'

const [checkout = '.', dspUrl = '', restricted] = process.argv.slice(2)
const from = (path: string) => import(resolve(checkout, 'src', path))

const [
  { LiveFlags },
  { startGateway },
  { FileJournal },
  { openSqliteStore },
  { loadTable },
  { tablePathOf },
] = await Promise.all([
  from('flags/live-flags.ts'),
  from('gateway/gateway.ts'),
  from('journal/file-journal.ts'),
  from('store/sqlite/sqlite-store.ts'),
  from('config/load-table.ts'),
  from('config/table-path.ts'),
])
const { systemClock } = await from('observe/clock.ts')
const { createLog } = await from('observe/log.ts')

const table = await loadTable(tablePathOf('recommended'), catalogue)
const store = openSqliteStore({ file: ':memory:' })
const flags = new LiveFlags(store)
if (restricted) await restrict(store, devicesOfWorkload(), 0)
await flags.start()
const anywhere = { host: '127.0.0.1', port: 0 }
const gateway = await startGateway({
  catalogue,
  table: table.table,
  flags,
  dccEuis: [deviceKey(DCC_EUI)],
  southbound: { listen: anywhere, dspUrl: new URL(dspUrl) },
  northbound: { listen: anywhere, users: new Map() },
  journal: new FileJournal({
    directory: wardedFolder('duisgate-measure-'),
    name: 'gateway',
    clock: systemClock,
    onFailure: (cause: unknown) => console.error(cause),
  }),
  log: createLog({ level: 'error' }),
})
console.log(gateway.ports.southbound)
process.on('SIGTERM', () => process.exit(0))

function devicesOfWorkload() {
  const keys = duisTemplates().flatMap(({ bytes }) => {
    const reading = readWhole('southbound', bytes)
    return reading.ok ? reading.facts.devices : []
  })
  return [...new Set(keys)]
}
