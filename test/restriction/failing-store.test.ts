/** Fail the n-th call: wherever the store fails inside an operation, nothing of it is written, and a repeat does all of it. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import type { ControlStore, ControlUnit } from '../../src/store/control-store.ts'
import { StoreUnavailable } from '../../src/store/store.ts'
import {
  asked,
  clearing,
  DAY,
  device,
  ESME,
  GPF,
  granted,
  HOUSEHOLD,
  HUB,
  MPAN,
  MPRN,
  NEW_GPF,
  NEW_HUB,
  OPS,
  restored,
  type Scene,
  START,
  SUP_E,
  SUP_G,
  scene,
  supplied,
  traffic,
} from './scene.ts'

/** Counts down calls of the unit inside `change`; the one at which it reaches zero fails. */
class Countdown {
  callsLeft = Number.POSITIVE_INFINITY

  spend(doing: string): void {
    this.callsLeft--
    if (this.callsLeft === 0) throw new StoreUnavailable(doing, new Error('cut off on purpose'))
  }
}

/** The store with every call of a unit passing the countdown first. */
function failing(store: ControlStore, countdown: Countdown): ControlStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'change') {
        return (work: (unit: ControlUnit) => Promise<unknown>) =>
          target.change((unit) => work(counted(unit, countdown)))
      }
      return bound(target, name)
    },
  })
}

/** Every group of the unit with its methods counted. */
function counted(unit: ControlUnit, countdown: Countdown): ControlUnit {
  const groups = Object.entries(unit).map(([name, group]) => [name, countedGroup(name, group, countdown)])
  return Object.fromEntries(groups) as ControlUnit
}

function countedGroup(group: string, of: object, countdown: Countdown): object {
  return new Proxy(of, {
    get(target, name) {
      const method = bound(target, name)
      if (typeof method !== 'function') return method
      return async (...given: unknown[]) => {
        countdown.spend(`${group}.${String(name)}`)
        return method(...given)
      }
    },
  })
}

function bound(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name, target)
  return typeof member === 'function' ? member.bind(target) : member
}

/** Everything the store holds that an operation may touch. */
async function state({ store, now }: Scene): Promise<unknown> {
  return store.read(async (view) => ({
    audit: await view.audit.from(1, 1000),
    flags: await view.restrictions.list({}, now(), 100),
    open: await view.tasks.ofParty(undefined, true, 100),
    done: await view.tasks.ofParty(undefined, false, 100),
    changes: await view.changes.after(0, 1000),
    devices: [...(await view.inventory.ofHub(HUB)), ...(await view.inventory.ofHub(NEW_HUB))],
    registrations: [
      ...(await view.inventory.registrations(MPAN)),
      ...(await view.inventory.registrations(MPRN)),
    ],
  }))
}

interface Operation {
  readonly before: (scene: Scene) => Promise<unknown>
  readonly operate: (scene: Scene) => Promise<unknown>
  /** Whether all of it has happened. */
  readonly isDone: (scene: Scene) => Promise<boolean>
}

const nothing = async () => undefined
const setGas = ({ service }: Scene) => service.set(SUP_G, asked({ mpxn: MPRN }))
const setPower = ({ service }: Scene) => service.set(SUP_E, asked())
const hasTask = async ({ store }: Scene, kind: string, party: string) =>
  (await store.read((view) => view.tasks.ofParty(party, true, 10))).items.some((task) => task.kind === kind)

const OPERATIONS: Readonly<Record<string, Operation>> = {
  'setting a flag on gas': {
    before: nothing,
    operate: setGas,
    isDone: async ({ isRestricted }) => (await isRestricted(GPF)) && !(await isRestricted(HUB)),
  },
  'bringing a flag forward': {
    before: ({ service }) => service.set(SUP_E, asked({ from: instantOf(START + DAY) })),
    operate: setPower,
    isDone: ({ isRestricted }) => isRestricted(ESME),
  },
  'clearing a flag with a task': {
    before: async (set) => {
      await setPower(set)
      await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
    },
    operate: async ({ service }) => granted(await service.clear(SUP_E, clearing())),
    isDone: async (set) =>
      !(await set.isRestricted(ESME)) && !(await hasTask(set, 'review-tenancy', 'SUP-E')),
  },
  'a swap of hub and proxy': {
    before: setGas,
    operate: ({ service }) => service.takeTrafficEvent(restored([HUB, GPF], [NEW_HUB, NEW_GPF])),
    isDone: async (set) => {
      const meter = await set.store.read((view) => view.inventory.find(ESME))
      return (await set.isRestricted(NEW_GPF)) && meter?.hub === NEW_HUB
    },
  },
  'a change of tenancy': {
    before: setPower,
    operate: ({ service }) => service.takeTrafficEvent(traffic('change-of-tenancy', [ESME])),
    isDone: (set) => hasTask(set, 'review-tenancy', 'SUP-E'),
  },
  'an import of registrations': {
    before: async (set) => {
      await setPower(set)
      await set.service.clear(SUP_E, clearing({ at: instantOf(START + 2 * DAY) }))
      set.pass(DAY)
    },
    operate: ({ service }) => service.importRegistrations(OPS, [supplied(MPAN, 'SUP-N', START + DAY)]),
    isDone: (set) => hasTask(set, 're-confirm', 'SUP-N'),
  },
  'an import of Devices': {
    before: setGas,
    operate: ({ service }) =>
      service.putDevices([device({ key: NEW_GPF, type: 'GPF', mpxn: MPRN, hub: NEW_HUB })]),
    isDone: ({ isRestricted }) => isRestricted(NEW_GPF),
  },
  'a confirmed decommissioning': {
    before: setPower,
    operate: ({ service }) => service.takeTrafficEvent(traffic('decommissioned', [ESME], { stage: 'done' })),
    isDone: async ({ isRestricted }) => !(await isRestricted(ESME)),
  },
}

for (const [name, { before, operate, isDone }] of Object.entries(OPERATIONS)) {
  t.test(`${name}: whichever call of the store fails, nothing is half applied`, async (t) => {
    const countdown = new Countdown()
    const set = await scene(t, {
      devices: HOUSEHOLD,
      wrap: (store) => failing(store, countdown),
    })
    await before(set)
    const untouched = await state(set)
    let call = 1
    for (; ; call++) {
      countdown.callsLeft = call
      const failure = await operate(set).then(
        () => undefined,
        (error: unknown) => error,
      )
      countdown.callsLeft = Number.POSITIVE_INFINITY
      if (failure === undefined) break
      t.ok(failure instanceof StoreUnavailable, `call ${call} fails`)
      t.same(await state(set), untouched, `and leaves no trace (call ${call})`)
    }
    t.ok(call > 3, `${call - 1} calls were made to fail`)
    t.comment(`figure: ${name}: 0 of ${call - 1} failed calls left anything`)
    t.equal(await isDone(set), true, 'the repeat does all of it')
  })
}

t.test('jobs cut short anywhere are finished by the next run', async (t) => {
  const countdown = new Countdown()
  const set = await scene(t, { wrap: (store) => failing(store, countdown) })
  await setPower(set)
  await set.service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  const { items } = await set.store.read((view) => view.tasks.ofParty('SUP-E', true, 10))
  granted(await set.service.completeTask(SUP_E, items[0]?.id ?? '', { kind: 'clear-after', days: 1 }))
  await setGas(set)
  await set.service.importRegistrations(OPS, [supplied(MPRN, 'SUP-N', START + DAY)])
  set.pass(DAY)
  for (let call = 1; ; call++) {
    countdown.callsLeft = call
    const isCut = await set.service.runDueJobs().then(
      () => false,
      () => true,
    )
    countdown.callsLeft = Number.POSITIVE_INFINITY
    if (!isCut) break
  }
  t.equal(await set.isRestricted(ESME), false)
  t.equal(await hasTask(set, 're-confirm', 'SUP-N'), true)
  const cleared = (await set.trail()).filter((entry) => entry.action === 'restriction.cleared')
  t.equal(cleared.length, 1)
})
