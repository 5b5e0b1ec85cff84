/**
 * A Trust Centre Swap-out never loses the flag: whatever the order of swaps, imports and flags, every open flag covers its
 * meter and the Gas Proxy Function that holds the meter's data now.
 */
import fc from 'fast-check'
import t from 'tap'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import type { InventoryDevice } from '../../src/core/restriction/restriction.ts'
import {
  asked,
  clearing,
  device,
  GPF,
  GSME,
  granted,
  HOUSEHOLD,
  HUB,
  key,
  MPRN,
  restored,
  type Scene,
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
