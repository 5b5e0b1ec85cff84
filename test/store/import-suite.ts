/** Importing a whole inventory: all of it or nothing, from where it was broken off, and flags that follow. */
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { ImportRow, ImportSource, ImportTouched } from '../../src/store/inventory-import.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { restrict } from '../support/restrict.ts'
import { entry, put, registration, restriction } from './flag-life.ts'
import { BIG_KEYS, byKey, type Check, changesOf, device, GPF, METER, NOW, STRANGER } from './place.ts'

function sourceOf(rows: readonly ImportRow[], hash = 'one'): ImportSource {
  return { hash, rows: (skip) => rows.slice(skip) }
}

function devices(...all: ReturnType<typeof device>[]): ImportRow[] {
  return all.map((one) => ({ device: one }))
}

/** More rows than one batch holds. */
const MANY = devices(...Array.from({ length: 25_000 }, (_, low) => device(deviceKeyOf(9, low))))

/** The rows, and then an end as of a process that was killed. */
function brokenOff(rows: readonly ImportRow[], after: number): ImportSource {
  return {
    hash: 'one',
    *rows(skip) {
      yield* rows.slice(skip, after)
      throw new Error('pulled the plug')
    },
  }
}

async function touchedBy(store: SqlStore, rows: readonly ImportRow[]): Promise<ImportTouched | undefined> {
  let seen: ImportTouched | undefined
  await store.importInventory(sourceOf(rows), {
    settle: async (_, touched) => {
      seen = touched
    },
  })
  return seen
}

export function importSuite(check: Check): void {
  check('imports Devices and registrations, and gives them back', async (t, store) => {
    const full = device(METER, {
      hub: GPF,
      mpxn: '1',
      status: 'Commissioned',
      region: 'North',
      generation: 'SMETS2',
    })
    const rows = [...devices(full, ...BIG_KEYS.map((key) => device(key))), { registration: registration() }]
    const outcome = await store.importInventory(sourceOf(rows))
    t.same(outcome, { rows: 9, resumedAt: 0, devices: 8, registrations: 1, sequence: 1 })
    t.same(await store.read((view) => view.inventory.find(METER)), full)
    t.same(
      await store.load(BIG_KEYS),
      BIG_KEYS.map((key) => ({ key, type: 'ESME', restriction: undefined, version: 1 })),
    )
    t.equal(await store.read((view) => view.inventory.count()), 8)
    t.same(await store.read((view) => view.inventory.registrations('1012345678901')), [registration()])
  })

  check('stands for all new Devices with one change, under which their records are', async (t, store) => {
    await store.importInventory(sourceOf(devices(device(METER), device(GPF))))
    t.match(await changesOf(store), [{ sequence: 1, key: undefined, recordedAt: NOW }])
    t.match(await store.load([METER, GPF]), [{ type: 'ESME', version: 1 }, { version: 1 }])
  })

  check('has a change of its own for a known or flagged Device whose record changes', async (t, store) => {
    await store.change((unit) => unit.inventory.put([device(METER), device(GPF, { region: 'North' })]))
    await restrict(store, [STRANGER], NOW)
    const rows = devices(device(METER, { mpxn: '7' }), device(GPF, { region: 'South' }), device(STRANGER))
    t.match(await store.importInventory(sourceOf(rows)), { devices: 3, sequence: 6 })
    const changes = (await changesOf(store)).slice(3)
    t.same(changes.flatMap(({ key }) => key ?? []).sort(byKey), [METER, STRANGER])
    t.same(
      changes.map(({ key }) => key === undefined),
      [false, false, true],
    )
    for (const record of await store.load([METER, STRANGER]))
      t.equal(record.version, changes.find(({ key }) => key === record.key)?.sequence)
    t.match(await store.load([STRANGER]), [{ type: 'ESME', restriction: { from: NOW } }])
  })

  check('changes nothing when it is repeated', async (t, store) => {
    const rows = [...devices(device(METER), device(GPF)), { registration: registration() }]
    await store.importInventory(sourceOf(rows))
    const again = await store.importInventory(sourceOf(rows))
    t.same(again, { rows: 3, resumedAt: 0, devices: 0, registrations: 0, sequence: 1 })
  })

  check('counts the later of two rows for the same', async (t, store) => {
    const rows = [
      ...devices(device(METER, { region: 'North' }), device(METER, { region: 'South' })),
      { registration: registration({ party: 'SUP-A' }) },
      { registration: registration({ party: 'SUP-B' }) },
    ]
    t.match(await store.importInventory(sourceOf(rows)), { devices: 1, registrations: 1 })
    t.match(await store.read((view) => view.inventory.find(METER)), { region: 'South' })
    t.match(await store.read((view) => view.inventory.registrations('1012345678901')), [{ party: 'SUP-B' }])
  })

  check('counts the later row also when it says what was known', async (t, store) => {
    await store.change((unit) => unit.inventory.put([device(METER, { region: 'North' })]))
    const rows = devices(device(METER, { region: 'South' }), device(METER, { region: 'North' }))
    t.match(await store.importInventory(sourceOf(rows)), { devices: 0, sequence: 1 })
    t.match(await store.read((view) => view.inventory.find(METER)), { region: 'North' })
  })

  check('shows nothing of an import that was broken off, and goes on with it', async (t, store) => {
    await t.rejects(store.importInventory(brokenOff(MANY, 12_000)), /pulled the plug/)
    t.equal(await store.read((view) => view.inventory.count()), 0)
    t.equal(await store.position(), 0)
    const seen: number[] = []
    const outcome = await store.importInventory(sourceOf(MANY), { onProgress: ({ rows }) => seen.push(rows) })
    t.same(outcome, { rows: 25_000, resumedAt: 10_000, devices: 25_000, registrations: 0, sequence: 1 })
    t.same(seen, [20_000, 25_000, 25_000])
    t.equal(await store.read((view) => view.inventory.count()), 25_000)
  })

  check('begins afresh with another source, and leaves nothing of the one before', async (t, store) => {
    await t.rejects(store.importInventory(brokenOff(MANY, 12_000)), /pulled the plug/)
    t.match(await store.importInventory(sourceOf(devices(device(METER)), 'two')), {
      resumedAt: 0,
      devices: 1,
    })
    t.equal(await store.read((view) => view.inventory.count()), 1)
  })

  for (const [when, rest] of [
    ['before its last rows', MANY.slice(10_000)],
    ['behind its last row', []],
  ] as const)
    check(`gives way to an import that begins after it, ${when}`, async (t, store) => {
      const other = sourceOf(devices(device(METER)), 'two')
      const overtaken: ImportSource = {
        hash: 'one',
        async *rows() {
          yield* MANY.slice(0, 10_000)
          await store.importInventory(other)
          yield* rest
        },
      }
      await t.rejects(store.importInventory(overtaken), { code: 'IMPORT_OVERTAKEN' })
      t.equal(await store.read((view) => view.inventory.count()), 1)
    })

  check('tells which open flags a changed Device has to do with', async (t, store) => {
    const hub = deviceKeyOf(5, 5)
    await store.change((unit) => unit.inventory.put([device(METER, { hub, mpxn: '1' })]))
    await put(store, { id: 'R-1', mpxn: '1' })
    await put(store, { id: 'R-2', mpxn: '2', meter: STRANGER, members: [STRANGER] })
    await put(store, { id: 'R-3', mpxn: '1', until: NOW })
    t.same(
      (await touchedBy(store, devices(device(METER, { hub, mpxn: '1', region: 'South' }))))?.restrictions,
      ['R-1'],
    )
    t.same((await touchedBy(store, devices(device(GPF, { mpxn: '2' }))))?.restrictions, ['R-2'])
    t.same((await touchedBy(store, devices(device(GPF, { hub, mpxn: '9' }))))?.restrictions, ['R-1'])
    t.same((await touchedBy(store, devices(device(GPF, { hub, mpxn: '9' }))))?.restrictions, [])
  })

  check('tells the registrations that flagged meter points had before', async (t, store) => {
    await store.change((unit) =>
      unit.inventory.putRegistrations([registration(), registration({ mpxn: '2' })]),
    )
    await put(store)
    const rows = [registration({ party: 'SUP-B', from: NOW }), registration({ mpxn: '2', party: 'SUP-B' })]
    const touched = await touchedBy(
      store,
      rows.map((row) => ({ registration: row })),
    )
    t.same(touched?.meterPoints, [{ mpxn: '1012345678901', before: [registration()] }])
  })

  check('settles flags in the transaction that merges, or applies nothing', async (t, store) => {
    const source = sourceOf(devices(device(GPF)))
    const refusal = new Error('cannot settle')
    const failing = store.importInventory(source, {
      settle: async (unit) => {
        await unit.audit.append(entry())
        throw refusal
      },
    })
    t.equal(await failing.catch((error: unknown) => error), refusal)
    t.same([await store.read((view) => view.inventory.count()), await store.position()], [0, 0])
    const { sequence } = await store.importInventory(source, {
      settle: async (unit) => {
        t.match(await unit.inventory.find(GPF), { key: GPF }, 'it sees the inventory as merged')
        await unit.restrictions.put(restriction({ members: [METER, GPF] }))
      },
    })
    t.equal(sequence, 3)
    t.match(await store.load([GPF]), [{ restriction: { from: NOW }, version: 3 }])
  })

  check('lets other writers in between its batches', async (t, store) => {
    const source: ImportSource = {
      hash: 'one',
      async *rows() {
        yield* MANY.slice(0, 15_000)
        await store.change((unit) => unit.audit.append(entry()))
        yield* MANY.slice(15_000)
      },
    }
    t.match(await store.importInventory(source), { devices: 25_000 })
  })
}
