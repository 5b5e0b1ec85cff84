/** The rest of the control plane: transactions, inventory, tasks, what is taken once, and the audit chain. */
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import type { AuditFilter, ControlUnit } from '../../src/store/control-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { entry, put, registration, restriction, SUPPLIER, task, trafficEvent } from './flag-life.ts'
import { at, byKey, type Check, device, GPF, METER, NOW, restrictionOf, STRANGER } from './place.ts'
import { token } from './tokens-suite.ts'

/** Everything a reader could see of it. */
export async function stateOf(store: SqlStore) {
  const records = await store.load([METER, GPF, STRANGER])
  return store.read(async (view) => ({
    records,
    devices: await view.inventory.count(),
    changes: await view.changes.after(0, 1_000),
    restrictions: await view.restrictions.list({}, NOW, 1_000),
    registrations: await view.inventory.registrations('1012345678901'),
    tasks: await view.tasks.ofParty(undefined, true, 1_000),
    audit: await view.audit.from(1, 1_000),
    auditEnd: await view.audit.end(),
    answer: await view.answers.find('SUP-A', 'key'),
    gateways: await view.gateways.statuses(),
  }))
}

/** One of everything that a transaction can write. */
export async function writeEverything(unit: ControlUnit): Promise<void> {
  await unit.inventory.put([
    device(METER, { mpxn: '1012345678901' }),
    device(GPF, { type: 'GPF', hub: STRANGER }),
  ])
  await unit.inventory.putRegistrations([registration()])
  await unit.restrictions.put(restriction({ members: [METER, GPF] }))
  await unit.tasks.put(task())
  await unit.answers.keep({ party: 'SUP-A', key: 'key', requestHash: 'hash', answer: '{}', at: NOW })
  await unit.traffic.take(trafficEvent())
  await unit.audit.append(entry())
  await unit.audit.append(entry({ action: 'task.made' }))
}

export function controlPlaneSuite(check: Check): void {
  check('leaves nothing behind of a transaction that fails, and throws what it threw', async (t, store) => {
    await put(store)
    const before = await stateOf(store)
    const refusal = new Error('not your meter point')
    const failing = store.change(async (unit) => {
      await writeEverything(unit)
      throw refusal
    })
    t.equal(await failing.catch((error: unknown) => error), refusal)
    t.same(await stateOf(store), before)
    t.match(await put(store, { id: 'R-2' }), { sequence: 2 }, 'and the next change gets the next number')
    t.equal(await store.change((unit) => unit.traffic.take(trafficEvent())), true)
  })

  check('shows in a transaction what it has written itself', async (t, store) => {
    await store.change(async (unit) => {
      await writeEverything(unit)
      t.match(await unit.restrictions.ofDevice(GPF), [{ id: 'R-1' }])
      t.same(await unit.tasks.ofRestriction('R-1'), [task()])
      t.equal((await unit.changes.after(0, 99)).length, 4)
    })
  })

  check('commits nothing when the work passes over a failed statement', async (t, store) => {
    const careless = store.change(async (unit) => {
      await unit.audit.append(entry())
      await unit.tokens.add(token('A-1', { tokenHash: 'same' }))
      await unit.tokens.add(token('A-2', { tokenHash: 'same' })).catch(() => {})
    })
    await t.rejects(careless, { code: 'STORE_REFUSED', message: /recording a change/ })
    t.same(await store.read((view) => view.audit.from(1, 9)), [])
  })

  check('refuses a change within a change, which would wait for itself', async (t, store) => {
    const nested = store.change(() => store.change((unit) => unit.audit.append(entry())))
    await t.rejects(nested, /begun within another/)
    t.same(await store.read((view) => view.audit.from(1, 9)), [])
  })

  check('does nothing for a unit whose transaction is over', async (t, store) => {
    const kept = await store.change(async (unit) => unit)
    await t.rejects(kept.audit.append(entry()), /after its transaction has ended/)
    t.same(await store.read((view) => view.audit.from(1, 9)), [])
  })

  check('finds the Devices of a Communications Hub, itself included', async (t, store) => {
    await store.change((unit) =>
      unit.inventory.put([
        device(STRANGER, { type: 'CHF', hub: STRANGER }),
        device(METER, { hub: STRANGER }),
        device(GPF, { hub: METER }),
      ]),
    )
    const found = await store.read((view) => view.inventory.ofHub(STRANGER))
    t.same(found.map(({ key }) => key).sort(byKey), [METER, STRANGER])
  })

  check('finds the Gas Proxy Functions of hubs that have no meter point yet', async (t, store) => {
    await store.change((unit) =>
      unit.inventory.put([
        device(METER, { type: 'GPF', hub: STRANGER, mpxn: undefined }),
        device(GPF, { type: 'GPF', hub: STRANGER, mpxn: '7400000001' }),
      ]),
    )
    const homeless = (hubs: readonly DeviceKey[]) =>
      store.read((view) => view.inventory.homelessProxies(hubs))
    t.match(await homeless([GPF, STRANGER]), [{ key: METER, hub: STRANGER }])
    t.same(await homeless([GPF]), [])
    t.same(await homeless([]), [])
  })

  check('keeps registrations by their start, and replaces one that is put again', async (t, store) => {
    const operator = registration({ role: 'network-operator', party: 'NO-1' })
    const next = registration({ party: 'SUP-B', from: at(10) })
    await store.change(async (unit) => {
      await unit.inventory.putRegistrations([next, registration(), operator])
      await unit.inventory.putRegistrations([
        registration({ until: at(10) }),
        registration({ mpxn: 'other' }),
      ])
    })
    t.same(await store.read((view) => view.inventory.registrations('1012345678901')), [
      operator,
      registration({ until: at(10) }),
      next,
    ])
  })

  check('keeps tasks, lists open and done ones, and knows which are to clear a flag', async (t, store) => {
    const waiting = task({ id: 'T-2', party: 'SUP-B', clearAt: at(100), outcome: 'clear-after' })
    const done = task({ id: 'T-3', doneAt: at(1), outcome: 'keep', clearAt: at(1) })
    await store.change(async (unit) => {
      for (const one of [task(), waiting, task({ id: 'T-3' }), done, task({ id: 'T-4' })])
        await unit.tasks.put(one)
    })
    await store.read(async (view) => {
      t.same(await view.tasks.find('T-2'), waiting)
      t.same(await view.tasks.find('T-9'), undefined)
      const first = await view.tasks.ofParty('SUP-A', true, 1)
      t.same(first.items, [task()])
      t.same(await view.tasks.ofParty('SUP-A', true, 1, first.next), {
        items: [task({ id: 'T-4' })],
        next: undefined,
      })
      t.same((await view.tasks.ofParty(undefined, false, 9)).items, [done])
      t.same(await view.tasks.toClear(at(99), 9), [])
      t.same(await view.tasks.toClear(at(100), 9), [waiting])
      t.equal((await view.tasks.ofRestriction('R-1')).length, 4)
    })
  })

  check('takes the event of a decision once', async (t, store) => {
    const take = (decision: string) => store.change((unit) => unit.traffic.take(trafficEvent({ decision })))
    t.same(await Promise.all([take('D-1'), take('D-1'), take('D-2')]), [true, false, true])
    t.equal(await take('D-1'), false)
  })

  check('keeps events that gateways have left until their end, each by itself', async (t, store) => {
    const events = [
      trafficEvent(),
      trafficEvent({ event: 'decommissioned', at: at(1) }),
      trafficEvent({ decision: 'D-2', at: at(2) }),
    ]
    await store.leaveEvents(events)
    await store.leaveEvents([trafficEvent({ at: at(9) })])
    const left = () => store.read((view) => view.traffic.left(9))
    t.same(await left(), events, 'one that was left before stays as it is')
    await store.change((unit) => unit.traffic.endLeft(trafficEvent()))
    t.same(await left(), events.slice(1))
  })

  check('keeps the first answer for an Idempotency-Key of a party', async (t, store) => {
    await store.change(async (unit) => {
      await unit.answers.keep({
        party: 'SUP-A',
        key: 'key',
        requestHash: 'hash',
        answer: '{"first":true}',
        at: NOW,
      })
      await unit.answers.keep({ party: 'SUP-A', key: 'key', requestHash: 'other', answer: '{}', at: NOW })
    })
    await store.read(async (view) => {
      t.match(await view.answers.find('SUP-A', 'key'), { requestHash: 'hash', answer: '{"first":true}' })
      t.equal(await view.answers.find('SUP-B', 'key'), undefined)
    })
  })

  check('chains audit entries, and gives them back so that the chain verifies', async (t, store) => {
    const odd = { text: 'quote " and \u0000 and \ud800', list: [1.5, true, null, { b: 1, a: 2 }], time: 1e21 }
    await store.change(async (unit) => {
      await unit.audit.append(entry())
      await unit.audit.append(entry({ detail: odd }))
    })
    await store.change((unit) => unit.audit.append(entry({ subject: 'R-2' })))
    const [entries, end] = await store.read(async (view) => [
      await view.audit.from(1, 9),
      await view.audit.end(),
    ])
    t.same(verifyChain(entries, [end]), end)
    t.equal(end.count, 3)
    t.match(entries[0], { index: 1, at: NOW, actor: SUPPLIER, action: 'restriction.set', subject: 'R-1' })
  })

  check('lists audit entries newest first, by subject and party, page by page', async (t, store) => {
    await store.change(async (unit) => {
      for (const subject of ['R-1', 'R-2', 'R-1', 'R-1']) await unit.audit.append(entry({ subject }))
      await unit.audit.append(entry({ actor: { ...SUPPLIER, party: 'SUP-B' } }))
    })
    await store.read(async (view) => {
      const first = await view.audit.list({ subject: 'R-1', party: 'SUP-A' }, 2)
      t.same(
        first.items.map(({ index }) => index),
        [4, 3],
      )
      const second = await view.audit.list({ subject: 'R-1', party: 'SUP-A' }, 2, first.next)
      t.same([second.items.map(({ index }) => index), second.next], [[1], undefined])
      t.equal((await view.audit.list({}, 9)).items.length, 5)
    })
    await store.change((unit) => unit.audit.append(entry({ at: at(10) })))
    await store.read(async (view) => {
      t.equal((await view.audit.list({ since: at(10), until: at(11) }, 9)).items.length, 1)
      t.equal((await view.audit.list({ until: at(10) }, 9)).items.length, 5)
      t.equal((await view.audit.list({ since: at(11) }, 9)).items.length, 0)
    })
    await t.rejects(
      store.read((view) => view.audit.list({}, 2, 'yesterday')),
      { code: 'UNKNOWN_CURSOR' },
    )
  })

  check('finds audit entries by person, action and kind, and counts them all', async (t, store) => {
    const done = [
      entry({ action: 'restriction.set', actor: { ...SUPPLIER, name: 'jane.doe' } }),
      entry({ action: 'audit.looked-up', actor: { ...SUPPLIER, name: 'ann.audit' } }),
      entry({ action: 'session.opened', actor: { ...SUPPLIER, name: 'jane.doe' } }),
      entry({ action: 'restriction.cleared', actor: { ...SUPPLIER, name: 'jane.doe' } }),
    ]
    await store.change(async (unit) => {
      for (const one of done) await unit.audit.append(one)
    })
    const found = (filter: AuditFilter) =>
      store.read(async (view) => (await view.audit.list(filter, 9)).items.map(({ index }) => index))
    t.same(await found({ name: 'jane.doe' }), [4, 3, 1])
    t.same(await found({ action: 'restriction.cleared' }), [4])
    t.same(await found({ kind: 'done' }), [4, 1])
    t.same(await found({ kind: 'looks' }), [2])
    t.same(await found({ kind: 'sign-ins' }), [3])
    t.same(await found({ kind: 'done', name: 'jane.doe', action: 'restriction.set', party: 'SUP-A' }), [1])
    t.same(await found({ kind: 'sign-ins', action: 'restriction.set' }), [])
    t.same(await found({ name: 'Jane.Doe' }), [])
    t.equal(await store.read((view) => view.audit.count()), 4)
  })

  check('reads one state from beginning to end while others write', async (t, store) => {
    await put(store)
    const { promise: written, resolve } = Promise.withResolvers<void>()
    const reading = store.read(async (view) => {
      const before = await view.changes.after(0, 9)
      resolve()
      return [before, await view.changes.after(0, 9)]
    })
    await written
    await put(store, { id: 'R-2' })
    const [before, after] = await reading
    t.same(after, before)
    t.same(await restrictionOf(store, METER), { from: NOW, until: undefined })
  })
}
