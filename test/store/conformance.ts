/**
 * What every store driver promises. A driver's test file calls `conformance` with a way to make a store; a driver that
 * keeps data outside the process also says how to open the same data twice.
 */
import fc from 'fast-check'
import type { Test } from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf, parseEui64 } from '../../src/core/duis/eui64.ts'
import type { InventoryDevice, Store } from '../../src/store/store.ts'

/** One place for data. `open` gives a handle on it; handles that the suite opens it also closes. */
export interface StorePlace {
  open(): Store
  /** The wall clock of every handle of this place. */
  readonly clock: { now: Instant }
}

export interface Driver {
  readonly name: string
  /** An empty place of its own for each test. */
  place(t: Test): StorePlace
  /** Whether a second handle sees the data of the first, and data outlive their handles. */
  readonly isShared: boolean
}

const NOW = instantOf(1_700_000_000_000)
const at = (offsetMs: number): Instant => instantOf(NOW + offsetMs)

/** Keys on both sides of 2^63 and at both ends: where a driver's own integers go wrong. */
const BIG_KEYS = [
  deviceKeyOf(0, 0),
  deviceKeyOf(0, 1),
  deviceKeyOf(0x7fff_ffff, 0xffff_ffff),
  deviceKeyOf(0x8000_0000, 0),
  deviceKeyOf(0x8000_0000, 1),
  deviceKeyOf(0xffff_ffff, 0xffff_fffe),
  deviceKeyOf(0xffff_ffff, 0xffff_ffff),
]

const METER = parse('90-B3-D5-1F-30-01-00-00')
const GPF = parse('00-DB-12-34-56-78-90-A4')
const STRANGER = parse('FF-00-00-00-00-00-00-01')

function parse(text: string): DeviceKey {
  const key = parseEui64(text)
  if (key === undefined) throw new Error(`${text} is not an EUI-64`)
  return key
}

function device(key: DeviceKey, over: Partial<InventoryDevice> = {}): InventoryDevice {
  return {
    key,
    type: 'ESME',
    hub: undefined,
    mpxn: undefined,
    status: undefined,
    region: undefined,
    generation: undefined,
    ...over,
  }
}

async function restrictionOf(store: Store, key: DeviceKey) {
  const [record] = await store.load([key])
  return record?.restriction
}

async function changesOf(store: Store) {
  return store.changedSince(0, 1_000_000)
}

/** Runs the suite as subtests of `t`. */
export function conformance(t: Test, driver: Driver): void {
  const check = (name: string, run: (t: Test, store: Store, place: StorePlace) => Promise<void>) =>
    t.test(`${driver.name}: ${name}`, async (t) => {
      const place = driver.place(t)
      const store = place.open()
      t.teardown(() => store.close())
      await run(t, store, place)
    })

  check('answers for a Device that the inventory does not know', async (t, store) => {
    t.same(await store.load([STRANGER]), [
      { key: STRANGER, type: undefined, restriction: undefined, version: 0 },
    ])
    t.equal(await store.findDevice(STRANGER), undefined)
    t.equal(await store.position(), 0)
    t.same(await changesOf(store), [])
  })

  check('answers in the order asked, also for a key asked twice', async (t, store) => {
    await store.putDevices([device(METER), device(GPF, { type: 'GPF' })])
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
    await store.putDevices(BIG_KEYS.map((key, index) => device(key, { hub: key, region: `region ${index}` })))
    await store.setRestriction(BIG_KEYS, NOW)
    const records = await store.load(BIG_KEYS)
    t.same(
      records.map((record) => record.key),
      BIG_KEYS,
    )
    for (const [index, key] of BIG_KEYS.entries()) {
      t.same(records[index]?.restriction, { from: NOW, until: undefined })
      t.match(await store.findDevice(key), { key, hub: key, region: `region ${index}` })
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
    await store.putDevices([full, device(GPF, { type: undefined })])
    t.same(await store.findDevice(METER), full)
    t.same(await store.findDevice(GPF), device(GPF, { type: undefined }))
    t.equal(await store.countDevices(), 2)
  })

  check('finds the Devices of a meter point', async (t, store) => {
    await store.putDevices([
      device(METER, { mpxn: '1' }),
      device(GPF, { mpxn: '1' }),
      device(STRANGER, { mpxn: '2' }),
    ])
    const found = await store.devicesOfMeterPoint('1')
    t.same(new Set(found.map(({ key }) => key)), new Set([METER, GPF]))
    t.same(await store.devicesOfMeterPoint('3'), [])
  })

  check('replaces a Device, and notes a change only where there is one', async (t, store) => {
    await store.putDevices([device(METER), device(GPF)])
    await store.putDevices([device(METER), device(GPF, { type: 'GPF' })])
    t.same(
      (await changesOf(store)).map(({ key }) => key),
      [METER, GPF, GPF],
    )
    t.match(await store.load([METER, GPF]), [{ version: 1 }, { version: 3, type: 'GPF' }])
  })

  check('puts all Devices or none', async (t, store) => {
    await store.putDevices([device(METER)])
    const unbindable = device(STRANGER, { region: Symbol('not a text') as unknown as string })
    const error = await store
      .putDevices([device(GPF), unbindable])
      .then(() => undefined)
      .catch((error: unknown) => error)
    t.match(error, { code: 'STORE_UNAVAILABLE' })
    t.equal(await store.countDevices(), 1)
    t.equal(await store.position(), 1)
    await store.putDevices([device(GPF)])
    t.equal(await store.position(), 2, 'and the sequence number is used by the next change')
  })

  check('sets the flag and answers the position at which it is in force', async (t, store) => {
    await store.putDevices([device(METER), device(GPF)])
    t.equal(await store.setRestriction([METER, GPF], NOW), 4)
    t.match(await store.load([METER, GPF]), [
      { restriction: { from: NOW, until: undefined }, version: 3 },
      { restriction: { from: NOW, until: undefined }, version: 4 },
    ])
  })

  check('changes nothing when the flag is set again as it is', async (t, store) => {
    await store.setRestriction([METER], NOW)
    t.equal(await store.setRestriction([METER], NOW), 1)
    t.equal(await store.setRestriction([METER], at(5_000)), 1, 'a later start opens no gap')
    t.same(await restrictionOf(store, METER), { from: NOW, until: undefined })
    t.equal((await store.restrictionHistory(METER)).length, 1)
  })

  check(
    'keeps the flag of a Device that no inventory names, and its type once one does',
    async (t, store) => {
      await store.setRestriction([STRANGER], NOW)
      t.match(await store.load([STRANGER]), [{ type: undefined, restriction: { from: NOW }, version: 1 }])
      await store.putDevices([device(STRANGER, { type: 'GSME' })])
      t.match(await store.load([STRANGER]), [{ type: 'GSME', restriction: { from: NOW }, version: 2 }])
    },
  )

  check('ends the flag at an instant, and leaves Devices without one as they are', async (t, store) => {
    await store.setRestriction([METER], NOW)
    t.equal(await store.clearRestriction([METER, GPF], at(1_000)), 2)
    t.same(await restrictionOf(store, METER), { from: NOW, until: at(1_000) })
    t.equal(await restrictionOf(store, GPF), undefined)
    t.equal(await store.clearRestriction([METER], at(1_000)), 2)
  })

  check('does not bring an ended flag back by clearing it later', async (t, store, place) => {
    await store.setRestriction([METER], NOW)
    await store.clearRestriction([METER], at(1_000))
    place.clock.now = at(1_000)
    await store.clearRestriction([METER], at(9_000))
    t.same(await restrictionOf(store, METER), { from: NOW, until: at(1_000) })
  })

  check('keeps a restriction in force when the flag is set from later on, past its end', async (t, store) => {
    await store.setRestriction([METER], at(-1_000))
    await store.clearRestriction([METER], at(1_000))
    await store.setRestriction([METER], at(2_000))
    t.same(await restrictionOf(store, METER), { from: at(-1_000), until: undefined })
  })

  check('begins afresh once the earlier restriction has ended', async (t, store, place) => {
    await store.setRestriction([METER], NOW)
    await store.clearRestriction([METER], at(1_000))
    place.clock.now = at(1_000)
    await store.setRestriction([METER], at(2_000))
    t.same(await restrictionOf(store, METER), { from: at(2_000), until: undefined })
  })

  check('takes back a flag that has not begun, and its version still grows', async (t, store) => {
    await store.setRestriction([METER], at(5_000))
    await store.clearRestriction([METER], at(5_000))
    t.match(await store.load([METER]), [{ restriction: undefined, version: 2 }])
    t.same(await store.listRestricted(NOW, 10), [])
  })

  check('keeps the history of a flag, and when each change was recorded', async (t, store, place) => {
    await store.setRestriction([METER], at(10))
    place.clock.now = at(5)
    await store.clearRestriction([METER], at(10))
    place.clock.now = at(6)
    await store.setRestriction([METER, GPF], at(20))
    place.clock.now = at(21)
    await store.clearRestriction([METER], at(30))
    t.same(await store.restrictionHistory(METER), [
      { sequence: 1, recordedAt: NOW, restriction: { from: at(10), until: undefined } },
      { sequence: 2, recordedAt: at(5), restriction: undefined },
      { sequence: 3, recordedAt: at(6), restriction: { from: at(20), until: undefined } },
      { sequence: 5, recordedAt: at(21), restriction: { from: at(20), until: at(30) } },
    ])
    t.same(await store.restrictionHistory(STRANGER), [])
  })

  check('lists restrictions that are in force or to come, page by page, by key', async (t, store) => {
    await store.setRestriction([...BIG_KEYS].reverse(), at(-10))
    await store.setRestriction([METER], at(500))
    await store.setRestriction([GPF], at(-10))
    await store.clearRestriction([GPF], NOW)
    const ascending = [...BIG_KEYS, METER].sort((one, other) => (one < other ? -1 : 1))
    const listed: DeviceKey[] = []
    for (;;) {
      const page = await store.listRestricted(NOW, 3, listed.at(-1))
      listed.push(...page.map(({ key }) => key))
      if (page.length < 3) break
    }
    t.same(listed, ascending)
    const [last] = await store.listRestricted(NOW, 1, ascending.at(-2))
    t.match(last, { key: ascending.at(-1), restriction: { from: at(-10), until: undefined }, version: 1 })
  })

  check(
    'hands out changes page by page, without gaps and with the time they were recorded',
    async (t, store) => {
      await store.putDevices(BIG_KEYS.map((key) => device(key)))
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
    await t.rejects(store.setRestriction([METER], NOW), { code: 'STORE_UNAVAILABLE' })
    await t.resolves(store.close(), 'closing twice does no harm')
  })

  if (!driver.isShared) return

  check('keeps everything when it is closed and opened again', async (t, store, place) => {
    await store.putDevices([device(METER, { mpxn: '1' })])
    await store.setRestriction([METER], NOW)
    const before = [await store.load([METER]), await changesOf(store), await store.restrictionHistory(METER)]
    await store.close()
    const again = place.open()
    t.teardown(() => again.close())
    t.same([await again.load([METER]), await changesOf(again), await again.restrictionHistory(METER)], before)
    t.equal(await again.setRestriction([GPF], NOW), 3)
  })

  check('shows a change to every handle once it is answered', async (t, store, place) => {
    const reader = place.open()
    t.teardown(() => reader.close())
    for (let round = 0; round < 50; round++) {
      const position =
        round % 2
          ? await store.clearRestriction([METER], at(round))
          : await store.setRestriction([METER], at(round - 1))
      t.equal(await reader.position(), position)
      t.same(await reader.load([METER]), await store.load([METER]))
    }
  })

  check('numbers the changes of interleaved writers without gaps', async (t, store, place) => {
    const other = place.open()
    t.teardown(() => other.close())
    const keys = Array.from({ length: 60 }, (_, index) => deviceKeyOf(7, index))
    await Promise.all(
      keys.flatMap((key, index) => [
        (index % 2 ? store : other).putDevices([device(key)]),
        (index % 2 ? other : store).setRestriction([key, METER], at(-index)),
      ]),
    )
    const changes = await changesOf(store)
    t.same(
      changes.map(({ sequence }) => sequence),
      changes.map((_, index) => index + 1),
    )
    t.equal(await other.position(), changes.length)
    for (const key of keys) t.equal(changes.filter((change) => change.key === key).length, 2)
  })
}

function anyChange(): fc.Arbitrary<(store: Store) => Promise<unknown>> {
  const keys = fc.subarray(BIG_KEYS, { minLength: 1 })
  const times = fc.integer({ min: -5, max: 5 }).map(at)
  return fc.oneof(
    fc.tuple(keys, times).map(
      ([some, from]) =>
        (store: Store) =>
          store.setRestriction(some, from),
    ),
    fc.tuple(keys, times).map(
      ([some, until]) =>
        (store: Store) =>
          store.clearRestriction(some, until),
    ),
    fc.tuple(keys, fc.constantFrom('ESME', 'GPF', undefined)).map(
      ([some, type]) =>
        (store: Store) =>
          store.putDevices(some.map((key) => device(key, { type }))),
    ),
  )
}
