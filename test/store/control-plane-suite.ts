/** The rest of the control plane: transactions, inventory, tasks, what is taken once, and the audit chain. */
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import type { ControlUnit } from '../../src/store/control-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { entry, put, registration, restriction, SUPPLIER, task, trafficEvent } from './flag-life.ts'
import { at, byKey, type Check, device, GPF, METER, NOW, restrictionOf, STRANGER } from './place.ts'

/** Everything a reader could see of it. */
export async function stateOf(store: SqlStore) {
  const records = await store.load([METER, GPF, STRANGER])
  return store.read(async (view) => ({
    records,
    devices: await view.countDevices(),
    changes: await view.changesAfter(0, 1_000),
    restrictions: await view.listRestrictions({}, NOW, 1_000),
    registrations: await view.registrations('1012345678901'),
    tasks: await view.tasksOf(undefined, true, 1_000),
    audit: await view.auditFrom(1, 1_000),
    auditEnd: await view.auditEnd(),
    answer: await view.idempotentAnswer('SUP-A', 'key'),
    gateways: await view.gateways(),
  }))
}

/** One of everything that a transaction can write. */
export async function writeEverything(unit: ControlUnit): Promise<void> {
  await unit.putDevices([
    device(METER, { mpxn: '1012345678901' }),
    device(GPF, { type: 'GPF', hub: STRANGER }),
  ])
  await unit.putRegistrations([registration()])
  await unit.putRestriction(restriction({ members: [METER, GPF] }))
  await unit.addChange(undefined, undefined, NOW)
  await unit.addChange(STRANGER, undefined, NOW)
  await unit.putTask(task())
  await unit.keepIdempotentAnswer('SUP-A', 'key', 'hash', '{}', NOW)
  await unit.takeTrafficEvent(trafficEvent())
  await unit.appendAudit(entry())
  await unit.appendAudit(entry({ action: 'task.made' }))
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
    t.equal(await store.change((unit) => unit.takeTrafficEvent(trafficEvent())), true)
  })

  check('shows in a transaction what it has written itself', async (t, store) => {
    await store.change(async (unit) => {
      await writeEverything(unit)
      t.match(await unit.restrictionsOfDevice(GPF), [{ id: 'R-1' }])
      t.same(await unit.tasksOfRestriction('R-1'), [task()])
      t.equal((await unit.changesAfter(0, 99)).length, 6)
    })
  })

  check('commits nothing when the work passes over a failed statement', async (t, store) => {
    const careless = store.change(async (unit) => {
      await unit.appendAudit(entry())
      await unit.putTask(task({ party: null as unknown as string })).catch(() => {})
    })
    await t.rejects(careless, { code: 'STORE_UNAVAILABLE', message: /recording a change/ })
    t.same(await store.read((view) => view.auditFrom(1, 9)), [])
  })

  check('refuses a change within a change, which would wait for itself', async (t, store) => {
    const nested = store.change(() => store.change((unit) => unit.appendAudit(entry())))
    await t.rejects(nested, /begun within another/)
    t.same(await store.read((view) => view.auditFrom(1, 9)), [])
  })

  check('does nothing for a unit whose transaction is over', async (t, store) => {
    const kept = await store.change(async (unit) => unit)
    await t.rejects(kept.appendAudit(entry()), /after its transaction has ended/)
    t.same(await store.read((view) => view.auditFrom(1, 9)), [])
  })

  check('notes a change of the inventory as a whole, and of a Device whose flag stays', async (t, store) => {
    await put(store)
    await store.change(async (unit) => {
      t.equal(await unit.addChange(undefined, undefined, at(1)), 2)
      t.equal(await unit.addChange(METER, 'R-1', at(2)), 3)
    })
    t.match(await store.changedSince(1, 9), [
      { sequence: 2, key: undefined, recordedAt: at(1) },
      { sequence: 3, key: METER, recordedAt: at(2) },
    ])
    t.match(await store.load([METER]), [{ version: 3, restriction: { from: NOW } }])
  })

  check('finds the Devices of a Communications Hub, itself included', async (t, store) => {
    await store.putDevices([
      device(STRANGER, { type: 'CHF', hub: STRANGER }),
      device(METER, { hub: STRANGER }),
      device(GPF, { hub: METER }),
    ])
    const found = await store.read((view) => view.devicesOfHub(STRANGER))
    t.same(found.map(({ key }) => key).sort(byKey), [METER, STRANGER])
  })

  check('keeps registrations by their start, and replaces one that is put again', async (t, store) => {
    const operator = registration({ role: 'network-operator', party: 'NO-1' })
    const next = registration({ party: 'SUP-B', from: at(10) })
    await store.change(async (unit) => {
      await unit.putRegistrations([next, registration(), operator])
      await unit.putRegistrations([registration({ until: at(10) }), registration({ mpxn: 'other' })])
    })
    t.same(await store.read((view) => view.registrations('1012345678901')), [
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
        await unit.putTask(one)
    })
    await store.read(async (view) => {
      t.same(await view.findTask('T-2'), waiting)
      t.same(await view.findTask('T-9'), undefined)
      const first = await view.tasksOf('SUP-A', true, 1)
      t.same(first.items, [task()])
      t.same(await view.tasksOf('SUP-A', true, 1, first.next), {
        items: [task({ id: 'T-4' })],
        next: undefined,
      })
      t.same((await view.tasksOf(undefined, false, 9)).items, [done])
      t.same(await view.tasksToClear(at(99), 9), [])
      t.same(await view.tasksToClear(at(100), 9), [waiting])
      t.equal((await view.tasksOfRestriction('R-1')).length, 4)
    })
  })

  check('takes the event of a decision once', async (t, store) => {
    const take = (decision: string) =>
      store.change((unit) => unit.takeTrafficEvent(trafficEvent({ decision })))
    t.same(await Promise.all([take('D-1'), take('D-1'), take('D-2')]), [true, false, true])
    t.equal(await take('D-1'), false)
  })

  check('keeps the first answer for an Idempotency-Key of a party', async (t, store) => {
    await store.change(async (unit) => {
      await unit.keepIdempotentAnswer('SUP-A', 'key', 'hash', '{"first":true}', NOW)
      await unit.keepIdempotentAnswer('SUP-A', 'key', 'other', '{}', NOW)
    })
    await store.read(async (view) => {
      t.same(await view.idempotentAnswer('SUP-A', 'key'), { requestHash: 'hash', answer: '{"first":true}' })
      t.equal(await view.idempotentAnswer('SUP-B', 'key'), undefined)
    })
  })

  check('chains audit entries, and gives them back so that the chain verifies', async (t, store) => {
    const odd = { text: 'quote " and \u0000 and \ud800', list: [1.5, true, null, { b: 1, a: 2 }], time: 1e21 }
    await store.change(async (unit) => {
      await unit.appendAudit(entry())
      await unit.appendAudit(entry({ detail: odd }))
    })
    await store.change((unit) => unit.appendAudit(entry({ subject: 'R-2' })))
    const [entries, end] = await store.read(async (view) => [
      await view.auditFrom(1, 9),
      await view.auditEnd(),
    ])
    t.same(verifyChain(entries, [end]), end)
    t.equal(end.count, 3)
    t.match(entries[0], { index: 1, at: NOW, actor: SUPPLIER, action: 'restriction.set', subject: 'R-1' })
  })

  check('lists audit entries newest first, by subject and party, page by page', async (t, store) => {
    await store.change(async (unit) => {
      for (const subject of ['R-1', 'R-2', 'R-1', 'R-1']) await unit.appendAudit(entry({ subject }))
      await unit.appendAudit(entry({ actor: { ...SUPPLIER, party: 'SUP-B' } }))
    })
    await store.read(async (view) => {
      const first = await view.audit({ subject: 'R-1', party: 'SUP-A' }, 2)
      t.same(
        first.items.map(({ index }) => index),
        [4, 3],
      )
      const second = await view.audit({ subject: 'R-1', party: 'SUP-A' }, 2, first.next)
      t.same([second.items.map(({ index }) => index), second.next], [[1], undefined])
      t.equal((await view.audit({}, 9)).items.length, 5)
    })
    await store.change((unit) => unit.appendAudit(entry({ at: at(10) })))
    await store.read(async (view) => {
      t.equal((await view.audit({ since: at(10), until: at(11) }, 9)).items.length, 1)
      t.equal((await view.audit({ until: at(10) }, 9)).items.length, 5)
      t.equal((await view.audit({ since: at(11) }, 9)).items.length, 0)
    })
    await t.rejects(
      store.read((view) => view.audit({}, 2, 'yesterday')),
      { code: 'UNKNOWN_CURSOR' },
    )
  })

  check('reads one state from beginning to end while others write', async (t, store) => {
    await put(store)
    const { promise: written, resolve } = Promise.withResolvers<void>()
    const reading = store.read(async (view) => {
      const before = await view.changesAfter(0, 9)
      resolve()
      return [before, await view.changesAfter(0, 9)]
    })
    await written
    await put(store, { id: 'R-2' })
    const [before, after] = await reading
    t.same(after, before)
    t.same(await restrictionOf(store, METER), { from: NOW, until: undefined })
  })
}
