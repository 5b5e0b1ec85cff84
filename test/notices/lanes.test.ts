/** Partners that are down, slow, failing, or choke on one notice, on real sockets: nothing is lost, nobody else waits. */
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf, formatEui64 } from '../../src/core/duis/eui64.ts'
import { systemClock } from '../../src/observe/clock.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { device } from '../store/place.ts'
import { lift, restrict } from '../support/restrict.ts'
import { ownDigest } from './own-digest.ts'
import { type Arrival, TestPartner } from './partner.ts'
import { NORTH, QUICK, SOUTH, startTelling, webhookTo } from './telling.ts'

const northern = (low: number): DeviceKey => deviceKeyOf(1, low)
const southern = (low: number): DeviceKey => deviceKeyOf(2, low)
const past = (agoMs: number) => instantOf(Date.now() - agoMs)

async function openStore(t: Test, count: number) {
  const store = openSqliteStore({ file: `${t.testdir()}/store.db` })
  t.teardown(() => store.close())
  const keys = Array.from({ length: count }, (_, low) => low)
  await store.change((unit) =>
    unit.inventory.put([
      ...keys.map((low) => device(northern(low), { region: 'North' })),
      ...keys.map((low) => device(southern(low), { region: 'South' })),
    ]),
  )
  return store
}

/** Sequences of a Device as they were taken. */
function sequencesOf(arrivals: readonly Arrival[], key: DeviceKey): unknown[] {
  return arrivals.filter(({ device }) => device === formatEui64(key)).map(({ data }) => data.sequence)
}

t.test('tells the CSP of the region, signed, each Device in order', async (t) => {
  const store = await openStore(t, 5)
  const [north, south] = [await TestPartner.start(t), await TestPartner.start(t)]
  startTelling(t, store, { webhooks: [webhookTo('CSP-N', north), webhookTo('CSP-S', south)] })
  const keys = [0, 1, 2, 3, 4].map(northern)
  for (let round = 0; round < 4; round++) {
    await restrict(store, keys, past(1_000 - round))
    await lift(store, keys, past(500 - round))
  }
  await north.until(({ taken }) => taken.filter(({ device }) => device).length === 40)
  for (const key of keys) t.same(sequencesOf(north.taken, key), [1, 2, 3, 4, 5, 6, 7, 8])
  t.ok(north.arrivals.every(({ isSigned }) => isSigned))
  t.match(
    north.taken.find(({ device }) => device),
    {
      type: 'duisgate.notice.set',
      data: { kind: 'set', hub: null, region: 'North', until: null, reason: 'consumer-choice' },
    },
  )
  t.same(
    south.taken.filter(({ device }) => device),
    [],
    'another region hears nothing',
  )
})

t.test(
  'a partner that is down gets everything when it is back, in order, and nothing was given up',
  async (t) => {
    const store = await openStore(t, 8)
    const north = await TestPartner.start(t, () => 500)
    const logged: string[] = []
    startTelling(t, store, { logged, webhooks: [webhookTo('CSP-N', north)] })
    const keys = Array.from({ length: 8 }, (_, low) => northern(low))
    await restrict(store, keys, past(50))
    await north.until(({ arrivals }) => arrivals.length >= 4)
    await lift(store, keys, past(0))
    north.behave = () => 'cut'
    await north.until(({ arrivals }) => arrivals.length >= 8)
    t.ok(north.arrivals.length < 16, 'it is asked now and then, with one notice at a time')
    let whenDown = 0
    await north.until(({ arrivals }) => {
      if (whenDown === 0 && logged.some((line) => line.includes('takes no notices')))
        whenDown = arrivals.length
      return whenDown > 0 && arrivals.length >= whenDown + 3
    })
    north.behave = () => 204
    await north.until(({ taken }) => taken.filter(({ device }) => device).length >= 16)
    for (const key of keys) t.same(sequencesOf(north.taken, key), [1, 2])
    const again = logged.filter((line) => line.includes('the partner takes notices again'))
    t.equal(again.length, 1, 'it is logged once that it takes notices again')
    t.same(await store.read((view) => view.notices.list({ state: 'dead' }, 9)), {
      items: [],
      next: undefined,
    })
  },
)

t.test('a slow partner and one that is down hold up no other', async (t) => {
  const store = await openStore(t, 30)
  const slow = await TestPartner.start(t, () => 'never')
  const quick = await TestPartner.start(t)
  startTelling(t, store, {
    webhooks: [webhookTo('CSP-N', slow), webhookTo('CSP-S', quick)],
    limits: { ...QUICK, timeoutMs: 60_000 },
  })
  const keys = Array.from({ length: 30 }, (_, low) => low)
  await restrict(store, [...keys.map(northern), ...keys.map(southern)], past(0))
  await slow.until(({ arrivals }) => arrivals.length > 0)
  await quick.until(({ taken }) => taken.filter(({ device }) => device).length === 30)
  t.same(slow.taken, [], 'while the slow one has answered nothing')
  t.ok(slow.arrivals.length <= QUICK.concurrency, 'and has only so many on their way')
})

t.test('a poisonous notice is given up with an alarm, others go on, and the gap shows', async (t) => {
  const store = await openStore(t, 6)
  const poisoned = formatEui64(northern(3))
  for (const answer of [400, 500, 'cut'] as const) {
    const north = await TestPartner.start(t, ({ device, data }) =>
      device === poisoned && data.kind === 'set' ? answer : 204,
    )
    const logged: string[] = []
    const telling = startTelling(t, store, {
      ...{ webhooks: [webhookTo('CSP-N', north)], logged },
    })
    const keys = Array.from({ length: 6 }, (_, low) => northern(low))
    await restrict(store, keys, past(0))
    await lift(store, keys, past(0))
    // Notices of another Device show that the partner is up.
    for (let isSet = true; !logged.some((line) => line.includes('given up')); isSet = !isSet) {
      const before = north.taken.length
      if (isSet) await restrict(store, [northern(0)], past(0))
      else await lift(store, [northern(0)], past(0))
      await north.until(({ taken }) => taken.length > before)
    }
    await north.until(({ taken }) =>
      taken.some(({ device, data }) => device === poisoned && data.kind === 'cleared'),
    )
    const [after] = north.taken.filter(({ device }) => device === poisoned)
    t.match(after, { data: { kind: 'cleared', isAfterGap: true } }, `answered with ${answer}`)
    const { items } = await store.read((view) => view.notices.list({ state: 'dead' }, 9))
    t.match(items, [{ kind: 'set', refusals: QUICK.maxRefusals }])
    north.behave = () => 204
    await store.change((unit) => unit.notices.resend(items[0]?.id ?? '', items[0]?.createdAt ?? past(0)))
    await north.until(({ taken }) => taken.some(({ id }) => id === items[0]?.id))
    // A sender that stops before it has noted the answer would send it again, in the next round.
    while (!(await isDelivered(store, items[0]?.id))) await delay(5)
    await telling.stop()
  }
})

t.test('one bad notice that looks like a partner that is down does not hold up the next', async (t) => {
  const store = await openStore(t, 2)
  const poisoned = formatEui64(northern(0))
  const north = await TestPartner.start(t, ({ device }) => (device === poisoned ? 500 : 204))
  startTelling(t, store, { webhooks: [webhookTo('CSP-N', north)] })
  await restrict(store, [northern(0)], past(0))
  await north.until(({ arrivals }) => arrivals.filter(({ device }) => device === poisoned).length >= 3)
  await restrict(store, [northern(1)], past(0))
  await north.until(({ taken }) => taken.some(({ device }) => device === formatEui64(northern(1))))
  t.pass('it was tried although an older one fails')
})

t.test('a lone notice that is never answered is given up once it is old', async (t) => {
  const store = await openStore(t, 1)
  const north = await TestPartner.start(t, () => 'never')
  const logged: string[] = []
  const limits = { ...QUICK, giveUpAfterMs: 200, timeoutMs: 50 }
  startTelling(t, store, { webhooks: [webhookTo('CSP-N', north)], limits, logged, partners: [NORTH] })
  await restrict(store, [northern(0)], past(0))
  await north.until(() => logged.some((line) => line.includes('given up')))
  const { items } = await store.read((view) => view.notices.list({ state: 'dead' }, 9))
  t.ok(items.every(({ problem }) => problem === 'no answer in time'))
  t.ok(items.length > 0)
})

t.test('an attempt that the end of the sender cuts off counts as none', async (t) => {
  const store = await openStore(t, 1)
  const north = await TestPartner.start(t, () => 'never')
  const telling = startTelling(t, store, { webhooks: [webhookTo('CSP-N', north)] })
  await restrict(store, [northern(0)], past(50))
  await north.until(({ arrivals }) => arrivals.length > 0)
  await telling.stop()
  const { items } = await store.read((view) => view.notices.list({ party: 'CSP-N' }, 9))
  t.ok(items.length > 0)
  t.ok(items.every(({ state, attempts }) => state === 'waiting' && attempts === 0))
})

t.test('with two secrets there are two signatures, and either is enough', async (t) => {
  const store = await openStore(t, 1)
  const north = await TestPartner.start(t)
  const webhook = webhookTo('CSP-N', north)
  const old = `whsec_${Buffer.alloc(24, 1).toString('base64')}`
  startTelling(t, store, { webhooks: [{ ...webhook, secrets: [old, ...webhook.secrets] }] })
  await restrict(store, [northern(0)], past(0))
  await north.until(({ arrivals }) => arrivals.some(({ device }) => device !== undefined))
  t.ok(north.arrivals.every(({ isSigned }) => isSigned))
})

t.test('two senders on one store send nothing twice', async (t) => {
  const store = await openStore(t, 40)
  const other = openSqliteStore({ file: `${t.testdirName}/store.db` })
  t.teardown(() => other.close())
  const north = await TestPartner.start(t)
  // Neither may lose a lane because the machine paused: then the other sends what this one is sending.
  const limits = { ...QUICK, leaseMs: 60_000 }
  for (const each of [store, other]) startTelling(t, each, { webhooks: [webhookTo('CSP-N', north)], limits })
  const keys = Array.from({ length: 40 }, (_, low) => northern(low))
  await restrict(store, keys, past(0))
  await lift(store, keys, past(0))
  await north.until(({ taken }) => taken.filter(({ device }) => device).length >= 80)
  const ids = north.arrivals.map(({ id }) => id)
  t.equal(new Set(ids).size, ids.length)
})

t.test('the lane is given back once when there is nothing to send', async (t) => {
  const store = await openStore(t, 1)
  const north = await TestPartner.start(t)
  let [held, released, looks] = [0, 0, 0]
  const leases = {
    holdLease: async () => ++held > 0,
    releaseLease: async () => void released++,
  }
  const now = () => {
    looks++
    return systemClock.now()
  }
  startTelling(t, store, {
    ...{ leases, partners: [NORTH], webhooks: [webhookTo('CSP-N', north)] },
    clock: { ...systemClock, now },
  })
  await restrict(store, [northern(0)], past(0))
  await north.until(({ taken }) => taken.some(({ device }) => device))
  while (released === 0) await delay(5)
  for (const before = looks; looks < before + 40; ) await delay(5)
  t.ok(released <= held, `${released} times, and it was held ${held} times`)
})

t.test(
  'what is on its way is cut off once another has the lane, and sent again when it is ours',
  async (t) => {
    const store = await openStore(t, 1)
    const north = await TestPartner.start(t, () => 'never')
    let isOurs = true
    const refused = Promise.withResolvers<void>()
    const leases = {
      holdLease: async () => {
        if (!isOurs) refused.resolve()
        return isOurs
      },
      releaseLease: async () => {},
    }
    const limits = { ...QUICK, timeoutMs: 600_000, leaseMs: 30 }
    startTelling(t, store, { leases, limits, webhooks: [webhookTo('CSP-N', north)] })
    await restrict(store, [northern(0)], past(0))
    await north.until(({ arrivals }) => arrivals.length === 1)
    north.behave = () => 204
    isOurs = false
    await refused.promise
    isOurs = true
    await north.until(({ taken }) => taken.some(({ device }) => device))
    t.equal(new Set(north.arrivals.map(({ id }) => id)).size, 1, 'under the same ID')
  },
)

t.test('the digest comes after what was told before it, and fits it', async (t) => {
  const store = await openStore(t, 10)
  const south = await TestPartner.start(t)
  const keys = Array.from({ length: 10 }, (_, low) => southern(low))
  await restrict(store, keys, past(100))
  await lift(store, keys.slice(0, 3), past(0))
  startTelling(t, store, { partners: [SOUTH], webhooks: [webhookTo('CSP-S', south)] })
  await south.until(({ taken }) => taken.some(({ type }) => type === 'duisgate.notice.digest'))
  const digest = south.taken.find(({ device }) => device === undefined)
  t.match(digest?.data, { ...ownDigest(keys.slice(3)), count: 7 })
  t.equal(south.taken.indexOf(digest as Arrival), 13, 'ten were set and three cleared before')
  const { items } = await store.read((view) => view.notices.list({}, 100))
  t.match(
    items.filter(({ kind }) => kind === 'digest'),
    [{ kind: 'digest', number: 0, device: undefined, content: { kind: 'digest' } }],
    'it is the notice of no Device, and takes no number of any',
  )
})

async function isDelivered(store: SqlStore, id: string | undefined): Promise<boolean> {
  const { items } = await store.read((view) => view.notices.list({ state: 'delivered' }, 1_000))
  return items.some((notice) => notice.id === id)
}
