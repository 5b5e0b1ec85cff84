// What was asked for and what was done: an effect follows only the answer that says so, whichever is delivered first.
import t from 'tap'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import {
  actor,
  asked,
  ESME,
  GPF,
  granted,
  MPRN,
  NEW_GPF,
  START,
  SUP_E,
  SUP_G,
  scene,
} from '../restriction/scene.ts'

const REQUEST_ID = '90-B3-D5-1F-30-01-00-02:00-DB-00-00-00-00-00-12:1001'

/** 8.12.2: the target is the new Gas Proxy Function; the old one stands in the request's body only. */
const REQUESTED: TrafficEvent = {
  decision: 'D-request',
  event: 'hub-change',
  at: START,
  codes: ['8.12.2'],
  devices: [NEW_GPF, GPF],
  user: undefined,
  requestId: REQUEST_ID,
  stage: 'requested',
}
const DONE: TrafficEvent = { ...REQUESTED, decision: 'D-response', devices: [NEW_GPF], stage: 'done' }

t.test('a request alone changes nothing: it may still fail', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
  t.equal(await set.service.takeTrafficEvent(REQUESTED), true)
  t.equal(await set.isRestricted(NEW_GPF), false)
})

t.test('the flag covers the new Gas Proxy Function once the answer says I0, in either order', async (t) => {
  for (const order of [
    [REQUESTED, DONE],
    [DONE, REQUESTED],
  ]) {
    const set = await scene(t)
    granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
    for (const event of order) t.equal(await set.service.takeTrafficEvent(event), true)
    t.equal(await set.isRestricted(NEW_GPF), true)
    t.equal(await set.isRestricted(GPF), true, 'and the old one keeps it')
  }
})

t.test('an answer to another request joins nothing', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
  await set.service.takeTrafficEvent(REQUESTED)
  await set.service.takeTrafficEvent({ ...DONE, requestId: REQUEST_ID.replace('1001', '1002') })
  t.equal(await set.isRestricted(NEW_GPF), false)
})

t.test('an answer whose request never came here counts by what it says itself', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  await set.service.takeTrafficEvent({ ...DONE, event: 'change-of-tenancy', codes: ['3.2'], devices: [ESME] })
  const tasks = await set.store.read((view) => view.tasks.ofParty(SUP_E.party, true, 10))
  t.match(tasks.items, [{ kind: 'review-tenancy' }])
})

t.test('a request that comes after its answer and adds nothing asks nobody again', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  const done: TrafficEvent = { ...DONE, event: 'change-of-tenancy', codes: ['3.2'], devices: [ESME] }
  await set.service.takeTrafficEvent(done)
  const open = () => set.store.read((view) => view.tasks.ofParty(SUP_E.party, true, 10))
  const [task] = (await open()).items
  granted(await set.service.completeTask(actor(SUP_E.party, 'supplier'), task?.id ?? '', { kind: 'keep' }))
  await set.service.takeTrafficEvent({ ...done, decision: 'D-request', stage: 'requested' })
  t.same((await open()).items, [])
})

t.test('one message with two events counts as two', async (t) => {
  const set = await scene(t)
  t.equal(await set.service.takeTrafficEvent(DONE), true)
  t.equal(await set.service.takeTrafficEvent({ ...DONE, event: 'commissioned' }), true)
  t.equal(await set.service.takeTrafficEvent(DONE), false)
})
