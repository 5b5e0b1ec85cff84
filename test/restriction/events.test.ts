/** What happens beside the flag, and what becomes of it: change of Supplier and of tenancy, prepayment, decommissioning, regular jobs. */
import t from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { Task } from '../../src/core/restriction/restriction.ts'
import {
  asked,
  clearing,
  DAY,
  device,
  ESME,
  EUI_OF_NEXT,
  GPF,
  GSME,
  granted,
  MPAN,
  MPRN,
  membersOf,
  NEW_GPF,
  NEW_HUB,
  OPS,
  rulesOf,
  type Scene,
  START,
  SUP_E,
  SUP_G,
  SUP_N,
  scene,
  supplied,
  traffic,
} from './scene.ts'

const at = (days: number): Instant => instantOf(START + days * DAY)

async function tasksOf({ store }: Scene, party: string, isOpen = true): Promise<readonly Task[]> {
  return (await store.read((view) => view.tasks.ofParty(party, isOpen, 100))).items
}

// --- change of Supplier

const handedOverAt = (days: number) => [
  supplied(MPAN, 'SUP-E', START - 100 * DAY, START + days * DAY),
  supplied(MPAN, 'SUP-N', START + days * DAY),
]

t.test('at a change of Supplier the flag stays, control passes, and the gaining one is asked', async (t) => {
  const set = await scene(t)
  const { id } = granted(await set.service.set(SUP_E, asked())).restriction
  granted(await set.service.importRegistrations(OPS, handedOverAt(5)))
  t.same(await tasksOf(set, 'SUP-N'), [], 'not before the registration starts')
  granted(await set.service.clear(SUP_E, clearing({ at: at(4) })))
  granted(await set.service.set(SUP_E, asked()))
  set.pass(5 * DAY)
  t.match(await set.service.runDueJobs(), { handedOver: 1 })
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm', restriction: id, dueAt: at(5 + 28) }])
  t.equal(await set.isRestricted(ESME), true)
  t.same(rulesOf(await set.service.clear(SUP_E, clearing())), ['not-responsible'])
  granted(await set.service.clear(SUP_N, clearing()))
  t.same(await tasksOf(set, 'SUP-N'), [], 'a clear answers the task')
})

t.test('the gaining Supplier is asked once, however often jobs run and registrations come', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  set.pass(10 * DAY)
  t.match(granted(await set.service.importRegistrations(OPS, handedOverAt(5))), { handedOver: 1 })
  t.match(granted(await set.service.importRegistrations(OPS, handedOverAt(5))), { handedOver: 0 })
  t.match(await set.service.runDueJobs(), { handedOver: 0 })
  const [task] = await tasksOf(set, 'SUP-N')
  granted(await set.service.completeTask(SUP_N, task?.id ?? '', { kind: 'keep' }))
  t.match(await set.service.runDueJobs(), { handedOver: 0 })
  t.same(await tasksOf(set, 'SUP-N'), [])
  t.equal(await set.isRestricted(ESME), true)
})

t.test('a clear that the losing Supplier left for a time it has lost is taken back', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  granted(await set.service.clear(SUP_E, clearing({ at: at(30) })))
  granted(await set.service.importRegistrations(OPS, handedOverAt(5)))
  set.pass(31 * DAY)
  t.equal(await set.isRestricted(ESME), true)
  t.ok((await set.trail()).some((entry) => entry.action === 'restriction.clear-taken-back'))
})

t.test('a clear at a time that stays with the Supplier stands', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  granted(await set.service.clear(SUP_E, clearing({ at: at(3) })))
  granted(await set.service.importRegistrations(OPS, handedOverAt(5)))
  set.pass(3 * DAY)
  t.equal(await set.isRestricted(ESME), false)
})

t.test('a flag that the gaining Supplier itself set ahead of its start is not asked about', async (t) => {
  const set = await scene(t, { registrations: handedOverAt(5) })
  granted(await set.service.set(SUP_N, asked({ from: at(5) })))
  t.match(await set.service.runDueJobs(), { handedOver: 0 })
  set.pass(6 * DAY)
  t.match(await set.service.runDueJobs(), { handedOver: 0 })
  t.same([...(await tasksOf(set, 'SUP-N')), ...(await tasksOf(set, 'SUP-E'))], [])
})

t.test('a registration that arrives late still asks the Supplier it names', async (t) => {
  const set = await scene(t)
  set.pass(10 * DAY)
  granted(await set.service.set(SUP_E, asked()))
  granted(await set.service.importRegistrations(OPS, handedOverAt(9)))
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm' }])
})

t.test('tasks made after a registration began that arrives late pass to the Supplier of now', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  set.pass(10 * DAY)
  await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  await set.service.takeTrafficEvent(traffic('prepayment-activity', [ESME]))
  t.equal((await tasksOf(set, 'SUP-E')).length, 2)
  t.match(granted(await set.service.importRegistrations(OPS, handedOverAt(9))), { handedOver: 1 })
  t.same(await tasksOf(set, 'SUP-E'), [])
  t.match(await tasksOf(set, 'SUP-E', false), [{ outcome: 'passed-on' }, { outcome: 'passed-on' }])
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm', dueAt: at(9 + 28) }])
  t.match(granted(await set.service.importRegistrations(OPS, handedOverAt(9))), { handedOver: 0 })
})

t.test('also a re-confirm of a Supplier whose own registration is found to have ended', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  set.pass(10 * DAY)
  granted(await set.service.importRegistrations(OPS, handedOverAt(5)))
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm' }])
  const late = [
    supplied(MPAN, 'SUP-N', START + 5 * DAY, START + 8 * DAY),
    supplied(MPAN, 'SUP-G', START + 8 * DAY),
  ]
  t.match(granted(await set.service.importRegistrations(OPS, late)), { handedOver: 1 })
  t.same(await tasksOf(set, 'SUP-N'), [])
  t.match(await tasksOf(set, 'SUP-G'), [{ kind: 're-confirm' }])
  granted(
    await set.service.importRegistrations(OPS, [
      ...late.slice(0, 1),
      supplied(MPAN, 'SUP-G', START + 8 * DAY, START + 9 * DAY),
      supplied(MPAN, 'SUP-N', START + 9 * DAY),
    ]),
  )
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm' }], 'the question that it lost was none')
})

t.test('a Supplier still to come keeps the question that it was asked ahead', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  set.pass(10 * DAY)
  granted(
    await set.service.importRegistrations(OPS, [
      supplied(MPAN, 'SUP-E', START, START + 5 * DAY),
      supplied(MPAN, 'SUP-G', START + 5 * DAY),
    ]),
  )
  await set.service.takeTrafficEvent(
    traffic('change-of-supplier', [ESME], {
      codes: ['6.23'],
      user: EUI_OF_NEXT,
      requestId: 'R',
      stage: 'done',
    }),
  )
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm' }])
  await set.service.runDueJobs()
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm' }], 'it stays')
  granted(await set.service.importRegistrations(OPS, [supplied(MPAN, 'SUP-N', START + 10 * DAY)]))
  t.equal((await tasksOf(set, 'SUP-N')).length, 1, 'and is not asked again')
})

t.test('credentials handed to another party ask that party and leave control where it is', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  const event = traffic('change-of-supplier', [ESME], { codes: ['6.23'], user: EUI_OF_NEXT })
  t.equal(await set.service.takeTrafficEvent(event), true)
  t.match(await tasksOf(set, 'SUP-N'), [{ kind: 're-confirm' }])
  t.same(rulesOf(await set.service.clear(SUP_N, clearing())), ['not-responsible'])
  granted(await set.service.importRegistrations(OPS, handedOverAt(-1)))
  await set.service.runDueJobs()
  t.equal((await tasksOf(set, 'SUP-N')).length, 1, 'asked ahead, not asked again')
})

// --- change of tenancy

t.test('a change of tenancy asks the Supplier once; keep leaves the flag', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME], { decision: 'D-1' }))
  await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME], { decision: 'D-2' }))
  granted(await set.service.noticeTenancy(SUP_E, { mpxn: MPAN }))
  const tasks = await tasksOf(set, 'SUP-E')
  t.match(tasks, [{ kind: 'review-tenancy' }])
  t.equal(tasks.length, 1)
  granted(await set.service.completeTask(SUP_E, tasks[0]?.id ?? '', { kind: 'keep' }))
  set.pass(100 * DAY)
  await set.service.runDueJobs()
  t.equal(await set.isRestricted(ESME), true)
})

t.test('clear-after clears when its days have passed, and not a moment earlier', async (t) => {
  const set = await withTenancyTask(t)
  t.match(await tasksOf(set, 'SUP-E'), [{ outcome: 'clear-after', doneAt: undefined }])
  set.pass(7 * DAY - 1)
  t.match(await set.service.runDueJobs(), { cleared: 0 })
  t.equal(await set.isRestricted(ESME), true)
  set.pass(1)
  t.match(await set.service.runDueJobs(), { cleared: 1 })
  t.equal(await set.isRestricted(ESME), false)
  t.match(await tasksOf(set, 'SUP-E', false), [{ outcome: 'clear-after' }])
  t.match(await set.service.runDueJobs(), { cleared: 0 })
})

t.test('clear-after does nothing once the meter point has passed to another Supplier', async (t) => {
  const set = await withTenancyTask(t)
  granted(await set.service.importRegistrations(OPS, handedOverAt(2)))
  set.pass(8 * DAY)
  t.match(await set.service.runDueJobs(), { cleared: 0, handedOver: 1 })
  t.equal(await set.isRestricted(ESME), true)
  t.match(await tasksOf(set, 'SUP-E', false), [{ outcome: 'passed-on' }])
})

t.test('setting the flag again takes back a clear-after', async (t) => {
  const set = await withTenancyTask(t)
  granted(await set.service.set(SUP_E, asked()))
  set.pass(8 * DAY)
  t.match(await set.service.runDueJobs(), { cleared: 0 })
  t.equal(await set.isRestricted(ESME), true)
})

t.test('review puts the task off by 28 days and keeps it open', async (t) => {
  const set = await withTenancyTask(t)
  const [task] = await tasksOf(set, 'SUP-E')
  granted(await set.service.completeTask(SUP_E, task?.id ?? '', { kind: 'review' }))
  t.match(await tasksOf(set, 'SUP-E'), [{ outcome: 'review', dueAt: at(28), clearAt: undefined }])
})

async function withTenancyTask(t: Parameters<typeof scene>[0]): Promise<Scene> {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  const [task] = await tasksOf(set, 'SUP-E')
  granted(await set.service.completeTask(SUP_E, task?.id ?? '', { kind: 'clear-after', days: 7 }))
  return set
}

// --- prepayment

t.test('prepayment traffic of a Restricted meter raises a conflict and never lifts the flag', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  for (const event of ['prepayment-activity', 'payment-mode-change']) {
    await set.service.takeTrafficEvent(traffic(event, [ESME]))
  }
  t.match(await tasksOf(set, 'SUP-E'), [{ kind: 'prepayment-conflict', dueAt: at(10) }])
  t.equal((await tasksOf(set, 'SUP-E')).length, 1)
  t.equal(await set.isRestricted(ESME), true)
})

t.test('a move to prepayment that the gateway rejected raises the conflict too', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  const rejected = { requestId: 'A:B:1', stage: undefined }
  await set.service.takeTrafficEvent(traffic('payment-mode-change', [ESME], rejected))
  t.match(await tasksOf(set, 'SUP-E'), [{ kind: 'prepayment-conflict' }])
  t.equal(await set.isRestricted(ESME), true)
})

// --- delivery

t.test('an event delivered twice is taken once', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  const event = traffic('change-of-tenancy', [ESME])
  t.equal(await set.service.takeTrafficEvent(event), true)
  const [task] = await tasksOf(set, 'SUP-E')
  granted(await set.service.completeTask(SUP_E, task?.id ?? '', { kind: 'keep' }))
  t.equal(await set.service.takeTrafficEvent(event), false)
  t.same(await tasksOf(set, 'SUP-E'), [])
})

t.test('an event without a flag, and one that nobody knows, are taken and change nothing', async (t) => {
  const set = await scene(t)
  for (const event of ['change-of-tenancy', 'something-new', 'decommissioned', 'hub-change']) {
    t.equal(await set.service.takeTrafficEvent(traffic(event, [ESME])), true)
  }
  t.same(await set.trail(), [])
})

// --- decommissioning

t.test('a request to decommission does not lift the flag; its confirmation closes it', async (t) => {
  const set = await scene(t)
  const { id } = granted(await set.service.set(SUP_E, asked())).restriction
  await set.service.takeTrafficEvent(traffic('decommissioned', [ESME], { decision: 'D-1' }))
  t.equal(await set.isRestricted(ESME), true)
  await set.service.takeTrafficEvent(traffic('decommissioned', [ESME], { decision: 'D-2', stage: 'done' }))
  t.equal(await set.isRestricted(ESME), false)
  t.match(await set.store.read((view) => view.restrictions.find(id)), { isClosed: true, from: START })
})

t.test(
  'the inventory closes the flag of a Decommissioned meter; Suspended and Withdrawn keep it',
  async (t) => {
    const set = await scene(t)
    granted(await set.service.set(SUP_E, asked()))
    for (const status of ['Suspended', 'Recovery', 'Withdrawn', 'Commissioned']) {
      await set.service.putDevices([device({ key: ESME, type: 'ESME', mpxn: MPAN, status })])
      t.equal(await set.isRestricted(ESME), true, status)
    }
    const gone = device({ key: ESME, type: 'ESME', mpxn: MPAN, status: 'Decommissioned' })
    t.match(await set.service.putDevices([gone]), { closed: 1 })
    t.equal(await set.isRestricted(ESME), false)
  },
)

t.test('the sweep closes and joins what an import beside the service has changed', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  const gas = granted(await set.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction
  await set.store.change((unit) =>
    unit.inventory.put([
      device({ key: ESME, type: 'ESME', mpxn: MPAN, status: 'Decommissioned' }),
      device({ key: NEW_GPF, type: 'GPF', mpxn: MPRN, hub: NEW_HUB }),
    ]),
  )
  t.match(await set.service.runDueJobs(), { closed: 1, joined: 1 })
  t.same(await membersOf(set, gas.id), [GPF, GSME, NEW_GPF])
})

t.test('a DCC Alert about a meter that is decommissioned or withdrawn closes nothing', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
  await set.service.takeTrafficEvent(traffic('decommissioned', [GSME], { codes: ['N1'] }))
  t.equal(await set.isRestricted(GSME), true)
  t.ok((await set.trail()).some((entry) => entry.action === 'restriction.decommission-seen'))
})

t.test('a DCC Alert about a change of Supplier asks nobody whom it only tells', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  await set.service.takeTrafficEvent(
    traffic('change-of-supplier', [ESME], { codes: ['N27', 'ChangeOfSupplier'], stage: 'done' }),
  )
  for (const party of ['SUP-E', 'SUP-N', 'SUP-G']) t.same(await tasksOf(set, party), [])
})

// --- regular jobs

t.test('answers to Idempotency-Keys are forgotten a day after they were given, and not before', async (t) => {
  const set = await scene(t)
  await set.store.change((unit) =>
    unit.answers.keep({ party: 'SUP-E', key: 'key', requestHash: 'hash', answer: '{}', at: START }),
  )
  const kept = () => set.store.read((view) => view.answers.find('SUP-E', 'key'))
  set.pass(DAY)
  t.match(await set.service.runDueJobs(), { forgotten: 0 })
  t.ok(await kept())
  set.pass(1)
  t.match(await set.service.runDueJobs(), { forgotten: 1 })
  t.equal(await kept(), undefined)
})

t.test('a run that may not go on leaves the rest to the next', async (t) => {
  const set = await withTenancyTask(t)
  set.pass(7 * DAY)
  t.match(await set.service.runDueJobs(async () => false), { cleared: 0, forgotten: 0 })
  t.equal(await set.isRestricted(ESME), true)
  t.match(await set.service.runDueJobs(), { cleared: 1 })
})
