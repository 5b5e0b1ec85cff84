/** Flags follow an import of the whole inventory, in the transaction that merges it. */
import t, { type Test } from 'tap'
import { isRestricted } from '../../src/core/device/device.ts'
import { restrictionService } from '../../src/restrictions/restriction-service.ts'
import { settleImport } from '../../src/restrictions/settle-import.ts'
import type { ImportRow } from '../../src/store/inventory-import.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import {
  asked,
  device,
  GPF,
  GSME,
  granted,
  HOUSEHOLD,
  MPRN,
  NEW_GPF,
  NEW_HUB,
  NO_ROWS,
  PARTIES,
  REGISTRATIONS,
  START,
  SUP_G,
  supplied,
} from './scene.ts'

/** A household whose gas meter is Restricted, and a way to import into it. */
async function restrictedHousehold(t: Test) {
  const clock = { now: () => START }
  const store = openSqliteStore({ file: ':memory:', ...clock })
  t.teardown(() => store.close())
  await store.change(async (unit) => {
    await unit.inventory.put(HOUSEHOLD)
    await unit.inventory.putRegistrations(REGISTRATIONS)
  })
  const service = restrictionService({ store, clock, parties: PARTIES, table: () => NO_ROWS })
  const { restriction: flag } = granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  const settle = settleImport({ clock, newId: (letter) => `${letter}-imported` })
  const take = (...rows: ImportRow[]) =>
    store.importInventory({ hash: 'file', rows: (skip) => rows.slice(skip) }, { settle })
  return { store, flag, take }
}

t.test(
  'restricts the new Gas Proxy Function that an import brings to a Restricted meter point',
  async (t) => {
    const { store, take } = await restrictedHousehold(t)
    await take(
      { device: device({ key: NEW_GPF, type: 'GPF', mpxn: MPRN, hub: NEW_HUB }) },
      { device: device({ key: GSME, type: 'GSME', mpxn: MPRN, hub: NEW_HUB }) },
    )
    for (const record of await store.load([GSME, GPF, NEW_GPF])) t.ok(isRestricted(record, START))
  },
)

t.test('closes the flag of a meter that the import says is decommissioned', async (t) => {
  const { store, flag, take } = await restrictedHousehold(t)
  await take({ device: device({ key: GSME, type: 'GSME', mpxn: MPRN, status: 'Decommissioned' }) })
  t.match(await store.read((view) => view.restrictions.find(flag.id)), { isClosed: true, until: START })
})

t.test('asks the Supplier that has gained the meter point, and keeps the flag', async (t) => {
  const { store, flag, take } = await restrictedHousehold(t)
  await take({ registration: supplied(MPRN, 'SUP-N', START - 1) })
  t.match(await store.read((view) => view.tasks.ofRestriction(flag.id)), [
    { kind: 're-confirm', party: 'SUP-N' },
  ])
  const [record] = await store.load([GSME])
  t.ok(record && isRestricted(record, START))
})
