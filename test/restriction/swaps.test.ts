/**
 * A Trust Centre Swap-out never loses the flag: whatever the order of swaps, imports and flags, every open flag covers its
 * meter and the Gas Proxy Function that holds the meter's data now.
 */
import fc from 'fast-check'
import t from 'tap'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { HomeFacts } from '../../src/core/duis/facts.ts'
import type { InventoryDevice, TrafficEvent } from '../../src/core/restriction/restriction.ts'
import {
  asked,
  clearing,
  device,
  ESME,
  GPF,
  GSME,
  granted,
  HOUSEHOLD,
  HUB,
  key,
  MPAN,
  MPRN,
  membersOf,
  NEW_GPF,
  NEW_HUB,
  restored,
  type Scene,
  STRAY,
  SUP_E,
  SUP_G,
  scene,
  traffic,
} from './scene.ts'

/** How the swap of hub and proxy becomes known. */
type Step =
  | { readonly kind: 'swap'; readonly told: 'requests' | 'proxy-first' | 'alert' | 'inventory' }
  | { readonly kind: 'import'; readonly without: 'nothing' | 'gpf-mprn' | 'gpf-hub' }
  | { readonly kind: 'status'; readonly status: string }
  | { readonly kind: 'noise'; readonly event: string }
  | { readonly kind: 'set' }
  | { readonly kind: 'clear-and-set' }
  | { readonly kind: 'jobs' }

const STEPS: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('swap' as const),
    told: fc.constantFrom(
      'requests' as const,
      'proxy-first' as const,
      'alert' as const,
      'inventory' as const,
    ),
  }),
  fc.record({
    kind: fc.constant('import' as const),
    without: fc.constantFrom('nothing' as const, 'gpf-mprn' as const, 'gpf-hub' as const),
  }),
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom('Suspended', 'Recovery', 'Commissioned', 'Pending'),
  }),
  fc.record({
    kind: fc.constant('noise' as const),
    event: fc.constantFrom('han-change', 'commissioned', 'hub-change', 'decommissioned'),
  }),
  fc.constant({ kind: 'set' as const }),
  fc.constant({ kind: 'clear-and-set' as const }),
  fc.constant({ kind: 'jobs' as const }),
)

/** The world outside: which hub and Gas Proxy Function the home has now. */
class Home {
  hub: DeviceKey = HUB
  proxy: DeviceKey = GPF
  #swaps = 0
  #events = 0

  swap(): { readonly hub: DeviceKey; readonly proxy: DeviceKey } {
    const before = { hub: this.hub, proxy: this.proxy }
    this.#swaps++
    const number = this.#swaps.toString(16).padStart(2, '0')
    this.hub = key(`00-DB-00-00-00-01-00-${number}`)
    this.proxy = key(`00-DB-00-00-00-02-00-${number}`)
    return before
  }

  decision(): string {
    this.#events++
    return `D-${this.#events}`
  }

  devices(without: 'nothing' | 'gpf-mprn' | 'gpf-hub'): readonly InventoryDevice[] {
    const proxy = device({ key: this.proxy, type: 'GPF', hub: this.hub, mpxn: MPRN })
    return [
      device({ key: this.hub, type: 'CHF', hub: undefined }),
      device({ key: GSME, type: 'GSME', hub: this.hub, mpxn: MPRN }),
      {
        ...proxy,
        hub: without === 'gpf-hub' ? undefined : proxy.hub,
        mpxn: without === 'gpf-mprn' ? undefined : MPRN,
      },
    ]
  }
}

async function tellSwap({ service }: Scene, home: Home, told: (Step & { kind: 'swap' })['told']) {
  const old = home.swap()
  const tell = (codes: string[], devices: DeviceKey[]) =>
    service.takeTrafficEvent(traffic('hub-change', devices, { codes, decision: home.decision() }))
  const hub = () => tell(['8.12.1'], [home.hub, old.hub])
  const proxy = () => tell(['8.12.2'], [home.proxy, old.proxy])
  switch (told) {
    case 'requests':
      await hub()
      return proxy()
    case 'proxy-first':
      await proxy()
      return hub()
    case 'alert':
      return service.takeTrafficEvent(restored([old.hub, old.proxy], [home.hub, home.proxy], home.decision()))
    case 'inventory':
      return service.putDevices(home.devices('nothing'))
  }
}

async function take(set: Scene, home: Home, step: Step): Promise<void> {
  const { service, pass } = set
  pass(1000)
  switch (step.kind) {
    case 'swap':
      return void (await tellSwap(set, home, step.told))
    case 'import':
      return void (await service.putDevices(home.devices(step.without)))
    case 'status': {
      const meter = home.devices('nothing').filter((each) => each.key === GSME)
      return void (await service.putDevices(meter.map((each) => ({ ...each, status: step.status }))))
    }
    case 'noise':
      return void (await service.takeTrafficEvent(
        traffic(step.event, [home.hub, GSME], { decision: home.decision() }),
      ))
    case 'set':
      return void granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
    case 'clear-and-set':
      granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
      granted(await service.clear(SUP_G, clearing({ mpxn: MPRN })))
      pass(1000)
      return void granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
    case 'jobs':
      return void (await service.runDueJobs())
  }
}

async function holds({ store, now, isRestricted }: Scene, home: Home): Promise<boolean> {
  const { items } = await store.read((view) => view.restrictions.list({ open: true }, now(), 10))
  if (items.length === 0) return true
  const covered = items.length === 1 && items.every((flag) => flag.members.includes(GSME))
  const restricted = (await isRestricted(GSME)) && (await isRestricted(home.proxy))
  return covered && restricted && !(await isRestricted(home.hub))
}

/** Sequences that once lost a flag. */
const FOUND_BEFORE: Step[][] = [
  [{ kind: 'import', without: 'gpf-mprn' }, { kind: 'swap', told: 'proxy-first' }, { kind: 'set' }],
]

t.test('any sequence of swaps, imports and flags leaves every open flag on meter and proxy', async (t) => {
  let flagged = 0
  await fc.assert(
    fc.asyncProperty(fc.array(STEPS, { minLength: 1, maxLength: 12 }), async (steps) => {
      const closing: (() => unknown)[] = []
      const set = await scene({ teardown: (work) => closing.push(work) }, { devices: HOUSEHOLD })
      try {
        const home = new Home()
        for (const step of steps) {
          await take(set, home, step)
          if (!(await holds(set, home))) return false
        }
        if (await set.isRestricted(GSME)) flagged++
        return true
      } finally {
        for (const close of closing) await close()
      }
    }),
    { numRuns: 150, examples: FOUND_BEFORE.map((steps) => [steps]) },
  )
  t.ok(flagged > 50, `${flagged} of 150 runs ended with a flag`)
})

t.test('a meter that replaces a Restricted one at its meter point joins the flag', async (t) => {
  const set = await scene(t)
  granted(await set.service.set(SUP_E, asked()))
  const fresh = key('00-DB-00-00-00-00-00-33')
  await set.service.putDevices([device({ key: fresh, type: 'ESME', mpxn: MPAN })])
  t.equal(await set.isRestricted(fresh), true)
  await set.service.putDevices([device({ key: ESME, type: 'ESME', mpxn: MPAN, status: 'Decommissioned' })])
  t.equal(await set.isRestricted(fresh), true)
})

// --- hub swaps

t.test('a new Gas Proxy Function joins when 8.12.2 names it, and the old one stays', async (t) => {
  const set = await scene(t)
  const { id } = granted(await set.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction
  await set.service.takeTrafficEvent(traffic('hub-change', [NEW_GPF, GPF], { codes: ['8.12.2'] }))
  t.same(await membersOf(set, id), [GPF, GSME, NEW_GPF])
  t.equal(await set.isRestricted(NEW_GPF), true)
})

t.test('a flag set anew after 8.12.2 covers the new Gas Proxy Function', async (t) => {
  const set = await scene(t)
  await set.service.takeTrafficEvent(traffic('hub-change', [NEW_GPF, GPF], { codes: ['8.12.2'] }))
  t.same(granted(await set.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction.members, [
    GPF,
    GSME,
    NEW_GPF,
  ])
})

t.test('8.12.1 moves the Devices to the new hub, whose Gas Proxy Function joins', async (t) => {
  const set = await scene(t, {
    devices: [
      ...HOUSEHOLD,
      device({ key: NEW_HUB, type: 'CHF', hub: undefined }),
      device({ key: NEW_GPF, type: 'GPF', hub: NEW_HUB }),
    ],
  })
  const { id } = granted(await set.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction
  await set.service.takeTrafficEvent(traffic('hub-change', [NEW_HUB, HUB], { codes: ['8.12.1'] }))
  t.same(await membersOf(set, id), [GPF, GSME, NEW_GPF])
  t.match(await set.store.read((view) => view.inventory.find(GSME)), { hub: NEW_HUB })
  t.match(await set.store.read((view) => view.inventory.find(GPF)), { hub: HUB })
  t.equal(await set.isRestricted(NEW_HUB), false)
})

t.test('the DCC Alert DeviceLogRestored names a hub swap and a proxy swap', async (t) => {
  const set = await scene(t)
  const { id } = granted(await set.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction
  await set.service.takeTrafficEvent(restored([HUB, GPF], [NEW_HUB, NEW_GPF]))
  t.same(await membersOf(set, id), [GPF, GSME, NEW_GPF])
  t.match(await set.store.read((view) => view.inventory.find(ESME)), { hub: NEW_HUB })
  t.match(await set.store.read((view) => view.inventory.find(NEW_GPF)), {
    type: 'GPF',
    hub: NEW_HUB,
    mpxn: MPRN,
  })
})

t.test(
  'it goes by the names in it: another Device in front changes nothing, nor does a part that stays',
  async (t) => {
    const set = await scene(t)
    const { id } = granted(await set.service.set(SUP_G, asked({ mpxn: MPRN }))).restriction
    const event = restored([HUB, GPF], [HUB, NEW_GPF])
    await set.service.takeTrafficEvent({ ...event, devices: [STRAY, HUB, GPF, NEW_GPF] })
    t.same(await membersOf(set, id), [GPF, GSME, NEW_GPF])
    t.match(await set.store.read((view) => view.inventory.find(ESME)), { hub: HUB })
  },
)

/** What the CSP delivered before: the new hub and its Gas Proxy Function, in no home yet. */
const DELIVERED = [
  device({ key: NEW_HUB, type: 'CHF', hub: undefined }),
  device({ key: NEW_GPF, type: 'GPF', hub: NEW_HUB, mpxn: undefined, status: 'Pending' }),
]
const SWAPS_WITHOUT_THE_PROXY: readonly (readonly [name: string, event: TrafficEvent])[] = [
  ['8.12.1', traffic('hub-change', [NEW_HUB, HUB], { codes: ['8.12.1'], stage: 'done' })],
  ['8.11', traffic('han-change', [NEW_HUB, GSME], { codes: ['8.11'], stage: 'done', home: home({}) })],
  ...[MPAN, MPRN, '74 0000 0001'].flatMap((meterPoint) =>
    ['8.14.1', '8.14.2'].map(
      (code) =>
        [
          `${code} at ${meterPoint}`,
          traffic('hub-change', [NEW_HUB], { codes: [code], stage: 'done', home: home({ meterPoint }) }),
        ] as const,
    ),
  ),
]
for (const [name, event] of SWAPS_WITHOUT_THE_PROXY)
  t.test(`${name} alone ties the Gas Proxy Function of the new hub to the gas meter`, async (t) => {
    const set = await scene(t, { devices: [...HOUSEHOLD, ...DELIVERED] })
    granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
    await set.service.takeTrafficEvent(event)
    t.equal(await set.isRestricted(NEW_GPF), true)
    t.equal(await set.isRestricted(GPF), true, 'the old one keeps its logs')
    t.equal(await set.isRestricted(NEW_HUB), false)
  })

t.test('an 8.11 that takes a Device off a list, and a hub that is returned, move nothing', async (t) => {
  const set = await scene(t, { devices: [...HOUSEHOLD, ...DELIVERED] })
  granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
  const removal = traffic('han-change', [NEW_HUB, GSME], {
    codes: ['8.11'],
    stage: 'done',
    home: home({ isRemoval: true }),
  })
  await set.service.takeTrafficEvent(removal)
  await set.service.takeTrafficEvent(
    traffic('hub-change', [NEW_HUB, GSME], { codes: ['8.14.3'], stage: 'done' }),
  )
  t.equal(await set.isRestricted(NEW_GPF), false)
  t.match(await set.store.read((view) => view.inventory.find(GSME)), { hub: HUB })
})

t.test('an 8.11 that names one Device alone, once or twice, moves nothing', async (t) => {
  const set = await scene(t, { devices: [...HOUSEHOLD, ...DELIVERED] })
  for (const devices of [[GSME], [GSME, GSME]])
    await set.service.takeTrafficEvent(
      traffic('han-change', devices, { codes: ['8.11'], stage: 'done', home: home({}) }),
    )
  t.match(await set.store.read((view) => view.inventory.find(GSME)), { hub: HUB })
})

t.test('8.12.1 and 8.12.2, in either order, leave the new Gas Proxy Function on the new hub', async (t) => {
  const hub = traffic('hub-change', [NEW_HUB, HUB], { codes: ['8.12.1'], stage: 'done' })
  const proxy = traffic('hub-change', [NEW_GPF, GPF], { codes: ['8.12.2'], stage: 'done' })
  for (const order of [
    [hub, proxy],
    [proxy, hub],
  ]) {
    const set = await scene(t)
    granted(await set.service.set(SUP_G, asked({ mpxn: MPRN })))
    for (const event of order) await set.service.takeTrafficEvent(event)
    t.equal(await set.isRestricted(NEW_GPF), true)
    t.match(await set.store.read((view) => view.inventory.find(NEW_GPF)), { hub: NEW_HUB, mpxn: MPRN })
  }
})

function home(given: Partial<HomeFacts>): HomeFacts {
  return { swapped: {}, meterPoint: undefined, isRemoval: false, ...given }
}
