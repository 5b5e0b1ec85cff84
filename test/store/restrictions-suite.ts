/** Restriction records, their members, and what the data plane sees of them. */
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { put, registration, restriction, SUPPLIER } from './flag-life.ts'
import { at, BIG_KEYS, type Check, GPF, METER, NOW, restrictionOf, STRANGER } from './place.ts'

export function restrictionsSuite(check: Check): void {
  check('gives a record back as it was written, and its absences', async (t, store) => {
    const full = restriction({
      fuel: 'gas',
      members: [METER, GPF],
      until: at(5),
      isClosed: true,
      onBehalfOf: 'SUP-B',
      ticket: 'INC-1',
      reference: 'customer 9',
      clearReason: 'moved out',
      setBy: { party: 'DCC', role: 'service-centre', name: 'desk 4' },
    })
    const bare = restriction({ id: 'R-2', mpxn: undefined, meter: STRANGER, members: [STRANGER] })
    t.same(await put(store, full), { ...full, sequence: 2, inForceAt: undefined })
    await put(store, bare)
    await store.read(async (view) => {
      t.same(await view.restrictions.find('R-1'), { ...full, sequence: 2, inForceAt: undefined })
      t.same(await view.restrictions.find('R-2'), { ...bare, sequence: 3, inForceAt: undefined })
      t.equal(await view.restrictions.find('R-3'), undefined)
    })
  })

  check('restricts every member in the same transaction, with one change each', async (t, store) => {
    await put(store, { members: [METER, GPF] })
    t.match(await store.load([METER, GPF, STRANGER]), [
      { restriction: { from: NOW, until: undefined }, version: 1 },
      { restriction: { from: NOW, until: undefined }, version: 2 },
      { restriction: undefined, version: 0 },
    ])
    t.match(await store.read((view) => view.changes.after(0, 10)), [
      { sequence: 1, device: METER, restriction: 'R-1', at: NOW, inForceAt: undefined },
      { sequence: 2, device: GPF, restriction: 'R-1' },
    ])
  })

  check('lifts the flag of every member when the record ends', async (t, store) => {
    await put(store, { members: [METER, GPF] })
    const cleared = await put(store, {
      members: [METER, GPF],
      until: at(9),
      clearReason: 'asked',
      version: 2,
    })
    t.match(cleared, { sequence: 4, version: 2 })
    t.same(await restrictionOf(store, METER), { from: NOW, until: at(9) })
    t.same(await restrictionOf(store, GPF), { from: NOW, until: at(9) })
  })

  check('touches only the member that joins, and not those that were there', async (t, store) => {
    await put(store, { members: [METER] })
    t.match(await put(store, { members: [METER, GPF], version: 2 }), { sequence: 2 })
    t.match(await store.load([METER, GPF]), [{ version: 1 }, { version: 2, restriction: { from: NOW } }])
  })

  check('has a change for every version of a record, also when no Device changes', async (t, store) => {
    await put(store, { members: [METER, GPF] })
    t.match(await put(store, { members: [METER, GPF], reference: 'other', version: 2 }), { sequence: 3 })
    t.match(await store.changedSince(2, 10), [{ sequence: 3, key: METER }])
    t.match(await store.load([METER]), [{ version: 3, restriction: { from: NOW } }])
  })

  check('frees a member that left, unless another record still has it', async (t, store) => {
    await put(store, { id: 'R-1', members: [METER, GPF] })
    await put(store, { id: 'R-2', mpxn: '2', members: [GPF], from: at(3) })
    await put(store, { id: 'R-1', members: [METER], version: 2 })
    t.same(await restrictionOf(store, GPF), { from: at(3), until: undefined })
    await put(store, { id: 'R-2', mpxn: '2', members: [], version: 2 })
    t.equal(await restrictionOf(store, GPF), undefined)
    t.same(await restrictionOf(store, METER), { from: NOW, until: undefined })
  })

  check('keeps a Device Restricted while any record says so', async (t, store) => {
    const other = { id: 'R-0', from: at(-5) }
    await put(store, other)
    await put(store, { until: at(10) })
    t.same(await restrictionOf(store, METER), { from: at(-5), until: undefined })
    await put(store, { ...other, until: at(4), version: 2 })
    t.same(await restrictionOf(store, METER), { from: at(-5), until: at(10) })
  })

  check('leaves no Device Restricted by a record that was taken back before it began', async (t, store) => {
    await put(store, { from: at(50) })
    await put(store, { from: at(50), until: at(50), version: 2 })
    t.equal(await restrictionOf(store, METER), undefined)
  })

  check('keeps members on both sides of 2^63', async (t, store) => {
    await put(store, { meter: BIG_KEYS[0] ?? METER, members: BIG_KEYS })
    t.same((await store.read((view) => view.restrictions.find('R-1')))?.members, BIG_KEYS)
    for (const key of BIG_KEYS) t.same(await restrictionOf(store, key), { from: NOW, until: undefined })
  })

  check('tells the history of a Device across the records it was a member of', async (t, store) => {
    await put(store)
    await put(store, { until: at(9), version: 2 })
    await put(store, { until: at(9), clearReason: 'typo', version: 3 })
    t.same(
      (await store.restrictionHistory(METER)).map(({ sequence, restriction }) => [
        sequence,
        restriction?.until,
      ]),
      [
        [1, undefined],
        [2, at(9)],
      ],
    )
  })

  check(
    'finds the open records of a Device, and all of a meter point, newest first',
    async (t, store, place) => {
      await put(store, { id: 'R-1', until: at(5) })
      await put(store, { id: 'R-2', members: [METER, GPF], from: at(6) })
      await put(store, { id: 'R-3', mpxn: '2', meter: STRANGER, members: [STRANGER] })
      place.clock.now = at(5)
      await store.read(async (view) => {
        t.same(ids(await view.restrictions.ofDevice(METER)), ['R-2'], 'R-1 has ended at this instant')
        t.same(ids(await view.restrictions.ofMeterPoint('1012345678901')), ['R-2', 'R-1'])
        t.same(ids(await view.restrictions.ofDevice(deviceKeyOf(1, 1))), [])
      })
    },
  )

  check('lists records page by page, newest first, by what is asked', async (t, store) => {
    for (let n = 1; n <= 5; n++) await put(store, { id: `R-${n}`, mpxn: `${n}` })
    await put(store, { id: 'R-2', mpxn: '2', until: NOW, version: 2 })
    await put(store, { id: 'R-4', mpxn: '4', isClosed: true, version: 2 })
    await store.read(async (view) => {
      const first = await view.restrictions.list({ open: true }, NOW, 2)
      t.same(ids(first.items), ['R-5', 'R-3'])
      const second = await view.restrictions.list({ open: true }, NOW, 2, first.next)
      t.same([ids(second.items), second.next], [['R-1'], undefined])
      t.same(ids((await view.restrictions.list({ mpxn: '2' }, NOW, 9)).items), ['R-2'])
      t.same(ids((await view.restrictions.list({ device: METER }, NOW, 9)).items).length, 5)
      t.same(ids((await view.restrictions.list({ device: GPF }, NOW, 9)).items), [])
    })
  })

  check('lists for a Supplier the meter points that are its own now', async (t, store) => {
    await store.change(async (unit) => {
      await unit.inventory.putRegistrations([
        registration({ mpxn: '1', party: 'SUP-A', until: at(100) }),
        registration({ mpxn: '1', party: 'SUP-B', from: at(100) }),
        registration({ mpxn: '2', party: 'SUP-A' }),
        registration({ mpxn: '2', party: 'SUP-B', from: at(50) }),
        registration({ mpxn: '3', party: 'SUP-A', role: 'network-operator' }),
      ])
    })
    for (const mpxn of ['1', '2', '3']) await put(store, { id: `R-${mpxn}`, mpxn })
    const unregistered = { mpxn: undefined, meter: STRANGER, members: [STRANGER] }
    await put(store, { ...unregistered, id: 'R-4' })
    await put(store, {
      ...unregistered,
      id: 'R-5',
      onBehalfOf: 'SUP-B',
      setBy: { ...SUPPLIER, party: 'DCC' },
    })
    const mine = (party: string, offsetMs: number) =>
      store.read(async (view) => ids((await view.restrictions.list({ party }, at(offsetMs), 9)).items))
    t.same(await mine('SUP-A', 49), ['R-4', 'R-2', 'R-1'])
    t.same(await mine('SUP-A', 50), ['R-4', 'R-1'], 'of two registrations in force the later one counts')
    t.same(await mine('SUP-B', 99), ['R-5', 'R-2'])
    t.same(await mine('SUP-B', 100), ['R-5', 'R-2', 'R-1'])
    t.same(await mine('DCC', 0), [])
  })
}

function ids(records: readonly { readonly id: string }[]): string[] {
  return records.map(({ id }) => id)
}
