// A change of tenancy that clears the flag by itself after some days: only where the rule is on, and the Supplier told of it.
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import type { Task } from '../../src/core/restriction/restriction.ts'
import { isDecidedSince } from '../../src/core/restriction/task-rules.ts'
import {
  asked,
  DAY,
  ESME,
  EUI_OF_NEXT,
  granted,
  key,
  MPAN,
  type Scene,
  type SceneOptions,
  START,
  SUP_E,
  SUP_N,
  scene,
  supplied,
  traffic,
} from './scene.ts'

const OWN = key('90-B3-D5-1F-30-01-00-01')

const moved = (user: typeof OWN | undefined, stage?: 'requested' | 'done') =>
  traffic('change-of-tenancy', [ESME], { codes: ['3.2'], user, ...(stage && { stage }) })

async function restricted(t: Parameters<typeof scene>[0], options: SceneOptions): Promise<Scene> {
  const set = await scene(t, options)
  granted(await set.service.set(SUP_E, asked()))
  return set
}

const taskOf = async ({ store }: Scene) =>
  (await store.read((view) => view.tasks.ofParty(undefined, true, 10))).items[0]

/** Whether the meter is Restricted once the days have passed and what is due is done. */
async function standsAfter(set: Scene, days: number): Promise<boolean> {
  set.pass(days * DAY)
  await set.service.runDueJobs()
  return set.isRestricted(ESME)
}

t.test('it is off by default', async (t) => {
  const set = await restricted(t, {})
  await set.service.takeTrafficEvent(moved(OWN, 'done'))
  t.match(await taskOf(set), { kind: 'review-tenancy', clearAt: undefined })
  t.equal(await standsAfter(set, 90), true)
})

t.test('a change that the Supplier made or gave notice of clears the flag after the days', async (t) => {
  for (const tell of [
    (set: Scene) => set.service.takeTrafficEvent(moved(OWN, 'done')),
    (set: Scene) => set.service.noticeTenancy(SUP_E, { mpxn: MPAN }),
  ]) {
    const set = await restricted(t, { clearAfterTenancyDays: 28 })
    await tell(set)
    t.match(await taskOf(set), { kind: 'review-tenancy', clearAt: START + 28 * DAY })
    t.equal(await standsAfter(set, 27), true)
    t.equal(await standsAfter(set, 1), false)
    const cleared = (await set.trail()).find(({ action }) => action === 'restriction.cleared')
    t.match(cleared?.detail, { rule: 'clear-after-tenancy' })
    const [flag] = await set.store.read((view) => view.restrictions.ofMeterPoint(MPAN))
    t.equal(flag?.clearReason, 'change-of-tenancy')
  }
})

t.test('what anybody else did, and what is not certain, clears nothing', async (t) => {
  for (const event of [
    moved(EUI_OF_NEXT, 'done'),
    moved(undefined, 'done'),
    moved(OWN),
    moved(ESME, 'done'),
  ]) {
    const set = await restricted(t, { clearAfterTenancyDays: 28 })
    await set.service.takeTrafficEvent(event)
    t.match(await taskOf(set), { kind: 'review-tenancy', clearAt: undefined })
    t.equal(await standsAfter(set, 90), true)
  }
})

t.test('the Supplier decides otherwise, or sets the flag again', async (t) => {
  for (const decide of [
    async (set: Scene, task: string) => set.service.completeTask(SUP_E, task, { kind: 'keep' }),
    async (set: Scene, task: string) => set.service.completeTask(SUP_E, task, { kind: 'review' }),
    async (set: Scene) => set.service.set(SUP_E, asked()),
  ]) {
    const set = await restricted(t, { clearAfterTenancyDays: 28 })
    await set.service.takeTrafficEvent(moved(OWN, 'done'))
    granted(await decide(set, (await taskOf(set))?.id ?? ''))
    t.equal(await standsAfter(set, 90), true)
  }
})

t.test(
  'a flag that was set after the change of tenancy is asked about and stays, however late the event comes',
  async (t) => {
    const set = await scene(t, { clearAfterTenancyDays: 28 })
    set.pass(DAY)
    granted(await set.service.set(SUP_E, asked()))
    await set.service.takeTrafficEvent(moved(OWN, 'done'))
    t.match(await taskOf(set), { kind: 'review-tenancy', clearAt: undefined })
    t.equal(await standsAfter(set, 90), true)
  },
)

t.test('what the Supplier decided holds when the same Response comes once more', async (t) => {
  const set = await restricted(t, { clearAfterTenancyDays: 28 })
  const answer = { ...moved(OWN, 'done'), requestId: 'R-1' }
  await set.service.takeTrafficEvent(answer)
  set.pass(DAY)
  granted(await set.service.completeTask(SUP_E, (await taskOf(set))?.id ?? '', { kind: 'keep' }))
  await set.service.takeTrafficEvent({ ...answer, decision: 'D-again', at: set.pass(DAY) })
  t.match(await taskOf(set), { kind: 'review-tenancy', clearAt: undefined })
  t.equal(await standsAfter(set, 90), true)
})

t.test('only what was decided on the tenancy itself, and later, is a decision on it', async (t) => {
  const set = await restricted(t, {})
  await set.service.takeTrafficEvent(moved(OWN, 'done'))
  const asked = await taskOf(set)
  if (!asked) throw new Error('nothing was asked')
  const isDecided = (change: Partial<Task>) =>
    isDecidedSince({ recordedAt: START }, [{ ...asked, ...change }], instantOf(START + DAY))
  t.ok(isDecided({ doneAt: instantOf(START + DAY + 1) }))
  t.notOk(isDecided({ doneAt: instantOf(START + DAY) }))
  t.notOk(isDecided({ kind: 're-confirm', doneAt: instantOf(START + 2 * DAY) }))
  t.notOk(isDecided({ doneAt: undefined }))
})

t.test('a meter that has passed on to another Supplier keeps its flag', async (t) => {
  const registrations = [
    supplied(MPAN, 'SUP-E', START - 100 * DAY, START + 10 * DAY),
    supplied(MPAN, SUP_N.party, START + 10 * DAY),
  ]
  const set = await restricted(t, { clearAfterTenancyDays: 28, registrations })
  await set.service.takeTrafficEvent(moved(OWN, 'done'))
  t.equal(await standsAfter(set, 30), true)
})
