/** What the data plane relies on: records, the inventory behind them, and the change sequence. */
import fc from 'fast-check'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { InventoryDevice } from '../../src/core/restriction/restriction.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { lift, restrict } from '../support/restrict.ts'
import { at, BIG_KEYS, byKey, type Check, changesOf, device, GPF, METER, NOW, STRANGER } from './place.ts'

export function dataPlaneSuite(check: Check): void {
  check('answers for a Device that the inventory does not know', async (t, store) => {
    t.same(await store.load([STRANGER]), [
      { key: STRANGER, type: undefined, restriction: undefined, isUnlisted: true, version: 0 },
    ])
    t.equal(await store.read((view) => view.inventory.find(STRANGER)), undefined)
    t.equal(await store.position(), 0)
    t.same(await changesOf(store), [])
  })

  check('answers in the order asked, also for a key asked twice', async (t, store) => {
    await store.change((unit) => unit.inventory.put([device(METER), device(GPF, { type: 'GPF' })]))
    const records = await store.load([GPF, STRANGER, METER, GPF])
    t.same(
      records.map(({ key, type }) => [key, type]),
      [
        [GPF, 'GPF'],
        [STRANGER, undefined],
        [METER, 'ESME'],
        [GPF, 'GPF'],
      ],
    )
    t.same(await store.load([]), [])
  })

  check('keeps keys on both sides of 2^63', async (t, store) => {
    await store.change((unit) =>
      unit.inventory.put(BIG_KEYS.map((key, index) => device(key, { hub: key, region: `region ${index}` }))),
    )
    await restrict(store, BIG_KEYS, NOW)
    const records = await store.load(BIG_KEYS)
    t.same(
      records.map((record) => record.key),
      BIG_KEYS,
    )
    for (const [index, key] of BIG_KEYS.entries()) {
      t.same(records[index]?.restriction, { from: NOW, until: undefined })
      t.match(await store.read((view) => view.inventory.find(key)), {
        key,
        hub: key,
        region: `region ${index}`,
      })
    }
    t.same(
      (await store.changedSince(BIG_KEYS.length, 100)).map((change) => change.key),
      BIG_KEYS,
    )
  })

  check('gives back every field of a Device, and its absence', async (t, store) => {
    const full: InventoryDevice = {
      key: METER,
      type: 'GSME',
      hub: GPF,
      mpxn: '2000000000017',
      status: 'Commissioned',
      region: 'North',
      generation: 'SMETS2',
    }
    await store.change((unit) => unit.inventory.put([full, device(GPF, { type: undefined })]))
    t.same(await store.read((view) => view.inventory.find(METER)), full)
    t.same(await store.read((view) => view.inventory.find(GPF)), device(GPF, { type: undefined }))
    t.equal(await store.read((view) => view.inventory.count()), 2)
  })

  check('finds the Devices of a meter point', async (t, store) => {
    await store.change((unit) =>
      unit.inventory.put([
        device(METER, { mpxn: '1' }),
        device(GPF, { mpxn: '1' }),
        device(STRANGER, { mpxn: '2' }),
      ]),
    )
    const found = await store.read((view) => view.inventory.ofMeterPoint('1'))
    t.same(found.map(({ key }) => key).sort(byKey), [GPF, METER])
    t.same(await store.read((view) => view.inventory.ofMeterPoint('3')), [])
  })

  check('replaces a Device, and notes a change only where there is one', async (t, store) => {
    await store.change((unit) => unit.inventory.put([device(METER), device(GPF)]))
    await store.change((unit) => unit.inventory.put([device(METER), device(GPF, { type: 'GPF' })]))
    t.same(
      (await changesOf(store)).map(({ key }) => key),
      [METER, GPF, GPF],
    )
    t.match(await store.load([METER, GPF]), [{ version: 1 }, { version: 3, type: 'GPF' }])
  })

  check('puts all Devices or none', async (t, store) => {
    await store.change((unit) => unit.inventory.put([device(METER)]))
    const unbindable = device(STRANGER, { region: unwritable() })
    const error = await store
      .change((unit) => unit.inventory.put([device(GPF), unbindable]))
      .then(() => undefined)
      .catch((error: unknown) => error)
    t.match(error, { code: 'STORE_UNAVAILABLE' })
    t.equal(await store.read((view) => view.inventory.count()), 1)
    t.equal(await store.position(), 1)
    await store.change((unit) => unit.inventory.put([device(GPF)]))
    t.equal(await store.position(), 2, 'and the sequence number is used by the next change')
  })

  check(
    'hands out changes page by page, without gaps and with the time they were recorded',
    async (t, store) => {
      await store.change((unit) => unit.inventory.put(BIG_KEYS.map((key) => device(key))))
      const seen: DeviceKey[] = []
      for (let position = 0; ; ) {
        const page = await store.changedSince(position, 3)
        for (const change of page) {
          t.equal(change.sequence, ++position)
          t.equal(change.recordedAt, NOW)
          if (change.key !== undefined) seen.push(change.key)
        }
        if (page.length < 3) break
      }
      t.same(seen, BIG_KEYS)
      t.same(await store.changedSince(BIG_KEYS.length, 3), [])
    },
  )

  check('never goes back, and gives each record the number of its last change', async (t, store) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyChange(), { maxLength: 12 }), async (changes) => {
        for (const change of changes) {
          const before = await store.position()
          await change(store)
          t.ok((await store.position()) >= before)
        }
        const lastChange = new Map((await changesOf(store)).map(({ key, sequence }) => [key, sequence]))
        for (const { key, version } of await store.load(BIG_KEYS)) t.equal(version, lastChange.get(key) ?? 0)
      }),
      { numRuns: 20, seed: 169 },
    )
  })

  check('says what it was doing when it cannot answer', async (t, store) => {
    await store.close()
    await t.rejects(store.load([METER]), { code: 'STORE_UNAVAILABLE', message: /looking up 1 Devices/ })
    await t.rejects(restrict(store, [METER], NOW), { code: 'STORE_UNAVAILABLE' })
    await t.resolves(store.close(), 'closing twice does no harm')
  })
}

function anyChange(): fc.Arbitrary<(store: SqlStore) => Promise<unknown>> {
  const keys = fc.subarray(BIG_KEYS, { minLength: 1 })
  const times = fc.integer({ min: -5, max: 5 }).map(at)
  return fc.oneof(
    fc.tuple(keys, times).map(
      ([some, from]) =>
        (store: SqlStore) =>
          restrict(store, some, from),
    ),
    fc.tuple(keys, times).map(
      ([some, until]) =>
        (store: SqlStore) =>
          lift(store, some, until),
    ),
    fc.tuple(keys, fc.constantFrom('ESME', 'GPF', undefined)).map(
      ([some, type]) =>
        (store: SqlStore) =>
          store.change((unit) => unit.inventory.put(some.map((key) => device(key, { type })))),
    ),
  )
}

/** What stands for a text and cannot be written: one driver refuses the object, the other runs into its fault. */
function unwritable(): string {
  const value = {
    toPostgres: () => {
      throw new Error('cannot be written')
    },
  }
  // No type allows such a value, and that is what is tried.
  return value as unknown as string
}
