/** The outbox and the notices of every driver: what is written with a change, what may go out, and in which order. */
import { type DeviceKey, deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { LastNotified } from '../../src/core/notice/next-notice.ts'
import type { NoticeDraft } from '../../src/core/notice/notice.ts'
import type { ControlUnit } from '../../src/store/control-store.ts'
import type { Attempted } from '../../src/store/notice-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { lift, restrict } from '../support/restrict.ts'
import { restriction, task } from './flag-life.ts'
import { at, BIG_KEYS, type Check, device, GPF, METER, NOW, STRANGER } from './place.ts'

const takenOf = (store: SqlStore) => store.change((unit) => unit.outbox.takeFlagEntries(100))

function draft(fields: Partial<NoticeDraft> & { readonly id: string }): NoticeDraft {
  const content = { kind: 'set', device: 'any' }
  return {
    ...{ party: 'CSP', device: METER, number: 1, kind: 'set', content, createdAt: NOW, state: 'waiting' },
    ...fields,
  }
}

const add = (store: SqlStore, ...drafts: NoticeDraft[]) =>
  store.change(async (unit) => {
    for (const each of drafts) await unit.notices.add(each)
  })

const dueOf = async (store: SqlStore, party = 'CSP') =>
  (await store.read((view) => view.notices.due(party, NOW, 10))).map(({ id }) => id)

const record = (store: SqlStore, id: string, fields: Partial<Attempted> = {}) =>
  store.change((unit) =>
    unit.notices.recordAttempts([
      { id, state: 'delivered', isRefusal: false, nextAt: NOW, problem: undefined, at: NOW, ...fields },
    ]),
  )

export function noticesSuite(check: Check): void {
  check('puts the last of many Devices of one change into the outbox', async (t, store) => {
    await restrict(store, [METER], NOW)
    await takenOf(store)
    // Two full statements: the last Device is in the second, and a third would have none to name, which PostgreSQL refuses.
    const others = Array.from({ length: 799 }, (_, low) => device(deviceKeyOf(3, low)))
    await store.change((unit) => unit.inventory.put([...others, device(METER, { region: 'South' })]))
    t.match(await takenOf(store), [{ device: METER, region: 'South' }])
  })

  check(
    'puts into the outbox how each Device stands after a change, hub and region with it',
    async (t, store) => {
      await store.change((unit) =>
        unit.inventory.put([
          device(STRANGER, { type: 'CHF', region: 'North' }),
          device(METER, { hub: STRANGER, region: 'old' }),
          device(GPF, { region: 'South' }),
        ]),
      )
      t.same(await takenOf(store), [], 'Devices without a flag are no news')
      await restrict(store, [METER, GPF], NOW)
      t.match(await takenOf(store), [
        {
          device: METER,
          hub: STRANGER,
          region: 'North',
          restriction: { from: NOW },
          isClosed: false,
          at: NOW,
        },
        { device: GPF, hub: undefined, region: 'South' },
      ])
      t.same(await takenOf(store), [], 'and what was taken is gone')
      await store.change((unit) => unit.inventory.put([device(STRANGER, { type: 'CHF', region: 'Central' })]))
      t.match(await takenOf(store), [{ device: METER, region: 'Central' }], 'the hub has moved its Devices')
    },
  )

  check(
    'puts every change into the outbox by itself, and none of a transaction that fails',
    async (t, store) => {
      await restrict(store, [METER], at(1000))
      await lift(store, [METER], NOW)
      const gone = store.change(async (unit) => {
        await unit.restrictions.put(restriction({ members: [GPF] }))
        throw new Error('on purpose')
      })
      await t.rejects(gone, { message: 'on purpose' })
      t.match(await takenOf(store), [
        { device: METER, restriction: { from: at(1000), until: undefined } },
        { device: METER, restriction: undefined },
      ])
    },
  )

  check('says of a flag that was closed that it was', async (t, store) => {
    const record = restriction({ members: [METER, GPF] })
    await store.change((unit) => unit.restrictions.put(record))
    await store.change((unit) =>
      unit.restrictions.put({ ...record, version: 2, until: at(5), isClosed: true, clearReason: undefined }),
    )
    const [, , ...closed] = await takenOf(store)
    t.match(closed, [
      { isClosed: true, restriction: { until: at(5) } },
      { isClosed: true, restriction: { until: at(5) } },
    ])
  })

  check('puts flagged Devices into the outbox that an import has moved', async (t, store) => {
    await store.change((unit) =>
      unit.inventory.put([device(METER, { region: 'North' }), device(GPF, { region: 'North' })]),
    )
    await restrict(store, [METER], NOW)
    await takenOf(store)
    const rows = [METER, GPF].map((key) => ({ device: device(key, { region: 'South' }) }))
    await store.importInventory({ hash: 'one', rows: (skip) => rows.slice(skip) })
    t.match(await takenOf(store), [{ device: METER, region: 'South' }])
  })

  check('puts a task into the outbox once', async (t, store) => {
    const flag = restriction({ members: [METER] })
    await store.change(async (unit) => {
      await unit.restrictions.put(flag)
      await unit.tasks.put(task())
    })
    t.match(await store.change((unit) => unit.outbox.takeTaskEntries(10)), [
      { task: { id: 'T-1' }, meter: flag.meter },
    ])
    await store.change((unit) => unit.tasks.put(task({ doneAt: NOW, outcome: 'keep' })))
    t.same(await store.change((unit) => unit.outbox.takeTaskEntries(10)), [])
  })

  check('announces every Device with a flag, page by page, at both ends of the keys', async (t, store) => {
    await restrict(store, BIG_KEYS, NOW)
    await takenOf(store)
    const announced: DeviceKey[] = []
    let after: DeviceKey | undefined
    do {
      after = await store.change((unit: ControlUnit) => unit.outbox.announceFlags(2, after))
      announced.push(...(await takenOf(store)).map((news) => news.device))
    } while (after !== undefined)
    t.same([...announced].sort(), [...BIG_KEYS].sort())
  })

  check('lists the Restricted Devices of regions in ascending order', async (t, store) => {
    await store.change((unit) => unit.inventory.put(BIG_KEYS.map((key) => device(key, { region: 'North' }))))
    await restrict(store, BIG_KEYS, NOW)
    await restrict(store, [METER], NOW)
    await lift(store, BIG_KEYS.slice(0, 1), at(10))
    const listed: DeviceKey[] = []
    for (let after: DeviceKey | undefined; ; ) {
      const page = await store.read((view) =>
        view.restrictions.devicesIn(['North', 'South'], at(10), 2, after),
      )
      listed.push(...page)
      after = page.at(-1)
      if (after === undefined) break
    }
    t.same(listed, BIG_KEYS.slice(1))
    t.same(await store.read((view) => view.restrictions.devicesIn([], NOW, 9)), [])
  })

  check(
    'lets out the first notice of each Device, and a digest when nothing older waits',
    async (t, store) => {
      await add(
        store,
        draft({ id: 'a1' }),
        draft({ id: 'a2', number: 2 }),
        draft({ id: 'b1', device: GPF }),
        draft({ id: 'digest', device: undefined, kind: 'digest' }),
        draft({ id: 'c1', device: STRANGER }),
        draft({ id: 'other', party: 'CSP-2' }),
        draft({ id: 'fetched', party: 'CSP-3', state: 'pull' }),
      )
      t.same(await dueOf(store), ['a1', 'b1', 'c1'])
      t.same(await dueOf(store, 'CSP-3'), [])
      await record(store, 'a1')
      await record(store, 'b1', { state: 'waiting', nextAt: at(60), isRefusal: true, problem: 'no' })
      t.same(await dueOf(store), ['a2', 'c1'])
      t.match(await store.read((view) => view.notices.find('b1')), {
        attempts: 1,
        refusals: 1,
        problem: 'no',
      })
      await record(store, 'b1', { state: 'dead' })
      await record(store, 'a2')
      t.same(await dueOf(store), ['digest', 'c1'])
      t.match(await store.read((view) => view.notices.lanes()), [
        { party: 'CSP', waiting: 2, dead: 1, waitingSince: NOW },
        { party: 'CSP-2', waiting: 1, dead: 0 },
      ])
    },
  )

  check(
    'goes on past a notice that was given up, marks the gap, and sends it again when asked',
    async (t, store) => {
      await add(store, draft({ id: 'a1' }), draft({ id: 'a2', number: 2 }))
      await record(store, 'a1', { state: 'dead' })
      t.match(await store.read((view) => view.notices.due('CSP', NOW, 9)), [{ id: 'a2', isAfterGap: true }])
      await record(store, 'a1', { state: 'delivered' })
      t.match(
        await store.read((view) => view.notices.find('a1')),
        { state: 'dead' },
        'an answer too late counts no more',
      )
      t.equal(await store.change((unit) => unit.notices.resend('a1', NOW)), true)
      t.match(await store.read((view) => view.notices.due('CSP', NOW, 9)), [{ id: 'a1', attempts: 0 }])
      await record(store, 'a1')
      t.match(await store.read((view) => view.notices.due('CSP', NOW, 9)), [{ id: 'a2', isAfterGap: false }])
      t.equal(await store.change((unit) => unit.notices.resend('nobody', NOW)), false)
    },
  )

  check(
    'lists notices by party, state and Device, newest first, and forgets those that are settled',
    async (t, store) => {
      await add(
        store,
        ...[1, 2, 3].map((number) => draft({ id: `n${number}`, number })),
        draft({ id: 'fetched', party: 'SUP', state: 'pull' }),
      )
      await record(store, 'n1', { at: at(100) })
      const page = await store.read((view) => view.notices.list({ party: 'CSP' }, 2))
      t.match(page, { items: [{ id: 'n3' }, { id: 'n2' }] })
      const rest = await store.read((view) => view.notices.list({ party: 'CSP' }, 2, page.next))
      t.match(rest, { items: [{ id: 'n1', state: 'delivered', settledAt: at(100) }], next: undefined })
      const waiting = await store.read((view) => view.notices.list({ state: 'waiting', device: METER }, 9))
      t.same(
        waiting.items.map(({ id }) => id),
        ['n3', 'n2'],
      )
      t.equal(await store.reports.countOlder('notices', at(100)), 1, 'the one for fetching')
      t.equal(await store.reports.deleteOlder('notices', at(100), 9), 1)
      t.equal(await store.reports.deleteOlder('notices', at(101), 9), 1)
      t.same(
        (await store.read((view) => view.notices.list({}, 9))).items.map(({ id }) => id),
        ['n3', 'n2'],
      )
    },
  )

  check('lets out the least tried first when asked', async (t, store) => {
    await add(store, draft({ id: 'a1' }), draft({ id: 'b1', device: GPF }))
    await record(store, 'a1', { state: 'waiting' })
    const due = await store.read((view) => view.notices.due('CSP', NOW, 9, 'least-tried'))
    t.same(
      due.map(({ id }) => id),
      ['b1', 'a1'],
    )
    t.same(await dueOf(store), ['a1', 'b1'])
  })

  check('keeps what partners were told, and finds what has come about', async (t, store) => {
    const told: LastNotified = {
      ...{ party: 'CSP', device: METER, hub: STRANGER, region: 'North', count: 3 },
      ...{ restriction: { from: at(50), until: at(90) }, phase: 'scheduled' },
    }
    await store.change((unit) => unit.outbox.keepLastNotified(told))
    t.same(await store.change((unit) => unit.outbox.lastNotifiedOf(METER)), [told])
    t.same(await store.change((unit) => unit.outbox.notifiedDue(at(49), 9)), [])
    t.equal(await store.read((view) => view.outbox.hasEntries(at(49))), false)
    t.same(await store.change((unit) => unit.outbox.notifiedDue(at(50), 9)), [told])
    t.equal(await store.read((view) => view.outbox.hasEntries(at(50))), true)
    await store.change((unit) => unit.outbox.keepLastNotified({ ...told, phase: 'effective' }))
    t.same(await store.change((unit) => unit.outbox.notifiedDue(at(89), 9)), [])
    t.equal((await store.change((unit) => unit.outbox.notifiedDue(at(90), 9))).length, 1)
  })

  check('keeps who the partners were, and when the last digest was made', async (t, store) => {
    t.equal(await store.read((view) => view.outbox.partners()), '')
    await store.change((unit) => unit.outbox.keepPartners('[1]'))
    t.equal(await store.read((view) => view.outbox.partners()), '[1]')
    t.equal(await store.read((view) => view.notices.lastDigestAt('CSP')), undefined)
    await add(store, draft({ id: 'd', device: undefined, kind: 'digest', createdAt: at(7) }))
    t.equal(await store.read((view) => view.notices.lastDigestAt('CSP')), at(7))
  })
}
