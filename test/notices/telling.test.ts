/** What partners are told as flags live: by the rules of change, on a real store, with a clock that the test moves. */
import fc from 'fast-check'
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import type { Partner } from '../../src/core/notice/notice.ts'
import type { TableRow } from '../../src/core/policy/table.ts'
import type { Schedule } from '../../src/core/restriction/schedule.ts'
import { FanOut } from '../../src/notices/fan-out.ts'
import { createLog } from '../../src/observe/log.ts'
import {
  asked,
  CSP_N,
  clearing,
  DAY,
  DECLARATION,
  device,
  ESME,
  EUI_OF_NEXT,
  GPF,
  GSME,
  granted,
  HOUSEHOLD,
  HUB,
  key,
  MPAN,
  MPRN,
  NEW_GPF,
  NEW_HUB,
  NO_ROWS,
  OPS,
  PARTIES,
  restored,
  rulesOf,
  START,
  SUP_E,
  SUP_G,
  scene,
  supplied,
  traffic,
} from '../restriction/scene.ts'
import { partnerAlwaysKnows, STORY } from './following-partner.ts'
import { FOUR_G, inShort, iso, made, PARTNERS, telling } from './told-scene.ts'

t.test('a Device in no region of a CSP is a warning once, and only where there are CSPs', async (t) => {
  for (const [partners, warnings] of [
    [PARTNERS.filter(({ isSupplier }) => isSupplier), 0],
    [PARTNERS.filter(({ regions }) => !regions.includes('North')), 1],
    [PARTNERS, 0],
  ] as const) {
    const set = await scene(t)
    const lines: string[] = []
    const log = createLog({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
    const clock = { now: set.now }
    let count = 0
    const fanOut = new FanOut({
      store: set.store,
      partners,
      clock,
      newId: () => `N-${++count}`,
      table: () => NO_ROWS,
      log,
    })
    await fanOut.followPartners()
    granted(await set.service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
    await fanOut.run()
    granted(await set.service.clear(SUP_E, clearing()))
    await fanOut.run()
    t.equal(lines.filter((line) => line.includes('in no region of a CSP')).length, warnings)
  }
})

t.test('set and cleared at once: one notice each, with the times and nothing of the home', async (t) => {
  const { service, news, pass } = await telling(t)
  granted(await service.set(SUP_E, asked({ reference: 'REF-99', ticket: undefined })))
  const [set, ...none] = await news()
  t.same(none, [])
  t.match(set, {
    ...{ party: 'CSP-N', kind: 'set', device: formatEui64(ESME) },
    content: {
      ...{ kind: 'set', device: formatEui64(ESME), hub: formatEui64(HUB), region: 'North', sequence: 1 },
      ...{ effectiveAt: iso(START), from: iso(START), until: null, reason: 'consumer-choice' },
    },
  })
  const now = pass(1000)
  granted(await service.clear(SUP_E, clearing()))
  t.match(await news(), [
    { kind: 'cleared', content: { effectiveAt: iso(now), until: iso(now), sequence: 2 } },
  ])
  t.same(await news(), [], 'once')
})

t.test('set for later: told at once, and again when it takes effect; so is its end', async (t) => {
  const { service, news, pass } = await telling(t)
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  t.match(await news(), [{ kind: 'set', content: { effectiveAt: iso(START + DAY) } }])
  pass(DAY - 1)
  t.same(await news(), [])
  pass(1)
  t.match(await news(), [{ kind: 'effective', content: { effectiveAt: iso(START + DAY), sequence: 2 } }])
  granted(await service.clear(SUP_E, clearing({ at: instantOf(START + 2 * DAY) })))
  t.match(await news(), [{ kind: 'cleared', content: { effectiveAt: iso(START + 2 * DAY) } }])
  granted(await service.set(SUP_E, asked()))
  t.match(await news(), [{ kind: 'set', content: { until: null } }], 'the clear was taken back')
  granted(await service.clear(SUP_E, clearing({ at: instantOf(START + 2 * DAY) })))
  pass(DAY)
  t.same(inShort(await news()), ['CSP-N cleared 03'], 'the end has come before anybody was told of it')
  t.same(await news(), [])
})

t.test('a flag that is taken back before it began, and one that is brought forward', async (t) => {
  const { service, news } = await telling(t)
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  granted(await service.set(SUP_E, asked()))
  granted(await service.set(SUP_G, asked({ mpxn: MPRN, from: instantOf(START + DAY) })))
  granted(await service.clear(SUP_G, clearing({ mpxn: MPRN })))
  t.same(inShort(await news()), [
    ...['CSP-N cleared 02', 'CSP-N cleared 04', 'CSP-N set 02'],
    ...['CSP-N set 03', 'CSP-N set 03', 'CSP-N set 04'],
  ])
})

const PASSING: TableRow = {
  ...{ id: 'reads', class: 'consumption', why: 'They pass.', srv: ['4.8.1'], alert: [] },
  ...{
    dccAlert: [],
    dccAlertPayload: [],
    action: 'pass',
    when: {},
    otherwise: undefined,
    mode: 'enforce',
    observe: [],
  },
  ...{ onUnknown: undefined, onStale: undefined },
}
const NETWORK = key('90-B3-D5-1F-30-01-00-09')
const WITH_NETWORK: readonly Partner[] = [
  ...PARTNERS,
  { party: 'NET', regions: [], isSupplier: false, euis: [NETWORK], isPushed: true },
]
const ofNetwork = (id: string, over: Partial<Schedule> = {}): Schedule => {
  const owned = { device: ESME, owner: NETWORK, srvs: ['4.8.1'], createdAt: START, until: undefined }
  return { id, ...owned, ...over }
}

t.test('the owner of a schedule is told once that it goes dark, when the flag takes effect', async (t) => {
  const { service, store, pass, fanOut } = await telling(t)
  const usual = fanOut(WITH_NETWORK)
  await usual.followPartners()
  const heard = async () => {
    await usual.run()
    const { items } = await store.read((view) => view.notices.list({ party: 'NET' }, 50))
    return items.map(({ kind, content, state }) => ({ kind, content, state }))
  }
  await store.change(async (unit) => {
    await unit.schedules.put(ofNetwork('7'))
    await unit.schedules.put(ofNetwork('8', { until: START }))
    await unit.schedules.put(ofNetwork('9', { device: GPF }))
    await unit.schedules.put(ofNetwork('10', { owner: EUI_OF_NEXT }))
  })
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  t.same(await heard(), [], 'not yet')
  await store.change((unit) => unit.schedules.put(ofNetwork('11', { createdAt: pass(1) })))
  pass(DAY)
  const told = (schedule: string, sequence: number) => ({
    kind: 'schedule-goes-dark',
    state: 'waiting',
    content: {
      ...{ kind: 'schedule-goes-dark', device: formatEui64(ESME), schedule, srv: '4.8.1' },
      ...{ effectiveAt: iso(START + DAY), reason: 'consumer-choice', sequence },
    },
  })
  t.same(await heard(), [told('7', 2), told('11', 1)], 'what has ended and what others own is not told')
  granted(await service.clear(SUP_E, clearing()))
  t.equal((await heard()).length, 2)
  pass(DAY)
  granted(await service.set(SUP_E, asked()))
  t.equal((await heard()).length, 4, 'and again with the next flag')
})

t.test(
  'a flag that is taken back before it begins, and a schedule that the table lets through',
  async (t) => {
    const { service, store, pass, fanOut } = await telling(t)
    const usual = fanOut(WITH_NETWORK)
    await usual.followPartners()
    await store.change((unit) => unit.schedules.put(ofNetwork('7')))
    granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
    await usual.run()
    granted(await service.clear(SUP_E, clearing()))
    pass(2 * DAY)
    await usual.run()
    const ofAll = () => store.read((view) => view.notices.list({ party: 'NET' }, 50))
    t.same((await ofAll()).items, [])
    const passing = fanOut(WITH_NETWORK, { rows: [PASSING] })
    await passing.followPartners()
    granted(await service.set(SUP_E, asked()))
    await passing.run()
    t.same((await ofAll()).items, [])
  },
)

t.test('a decommissioned meter: closed, and nothing after', async (t) => {
  const { service, news, pass } = await telling(t)
  granted(await service.set(SUP_E, asked()))
  await news()
  pass(1000)
  await service.takeTrafficEvent(traffic('decommissioned', [ESME], { stage: 'done' }))
  t.match(await news(), [{ kind: 'closed', content: { effectiveAt: iso(START + 1000) } }])
  await service.putDevices([device({ key: ESME, type: 'ESME', mpxn: MPAN, region: 'South' })])
  t.same(await news(), [])
})

t.test(
  'a hub in another region: the old CSP is told that it is over, the new one of the flags',
  async (t) => {
    const { service, news } = await telling(t)
    granted(await service.set(SUP_E, asked()))
    granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
    t.same(inShort(await news()), ['CSP-N set 02', 'CSP-N set 03', 'CSP-N set 04'])
    await service.putDevices([device({ key: NEW_HUB, type: 'CHF', hub: undefined, region: 'South' })])
    await service.takeTrafficEvent(restored([HUB, GPF], [NEW_HUB, NEW_GPF]))
    const moved = await news()
    const expected = ['CSP-N no-longer-yours 03', 'CSP-N no-longer-yours 04', 'CSP-S set 03', 'CSP-S set 04']
    t.same(
      inShort(moved).filter((line) => !line.endsWith('12')),
      expected,
    )
    t.match(
      moved.find(({ kind }) => kind === 'no-longer-yours'),
      { content: { hub: formatEui64(HUB), region: 'North', sequence: 2 } },
      'the new hub is not its business',
    )
    t.match(
      moved.find(({ party }) => party === 'CSP-S'),
      { content: { hub: formatEui64(NEW_HUB), region: 'South', sequence: 1 } },
    )
  },
)

t.test('another hub of the same CSP, and a hub whose region changes', async (t) => {
  const { service, news } = await telling(t)
  granted(await service.set(SUP_E, asked()))
  await news()
  await service.putDevices([device({ key: NEW_HUB, type: 'CHF', hub: undefined })])
  await service.putDevices([device({ key: ESME, type: 'ESME', mpxn: MPAN, hub: NEW_HUB })])
  t.match(await news(), [{ kind: 'hub-changed', content: { hub: formatEui64(NEW_HUB) } }])
  await service.putDevices([device({ key: NEW_HUB, type: 'CHF', hub: undefined, region: 'South' })])
  t.same(inShort(await news()), ['CSP-N no-longer-yours 03', 'CSP-S set 03'])
})

t.test(
  'a Supplier that gains the meter point, and one that should review a tenancy, are asked',
  async (t) => {
    const { service, news, pass } = await telling(t)
    granted(await service.set(SUP_E, asked()))
    await service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
    const [, review] = await news()
    t.match(review, {
      party: 'SUP-E',
      kind: 'review-tenancy',
      content: { device: formatEui64(ESME), sequence: 1 },
    })
    pass(DAY)
    await service.importRegistrations(OPS, [supplied(MPAN, 'SUP-N', START + DAY)])
    t.same(inShort(await news()), ['SUP-N re-confirm 03'])
  },
)

t.test('a CSP may look up what it is told of, and no more: the region of the hub counts', async (t) => {
  const { service } = await telling(t)
  granted(await service.set(SUP_E, asked()))
  t.match(granted(await service.lookUp(CSP_N, { device: ESME })).devices, [{ key: ESME, isRestricted: true }])
  await service.putDevices([device({ key: NEW_HUB, type: 'CHF', hub: undefined, region: 'South' })])
  await service.putDevices([device({ key: ESME, type: 'ESME', mpxn: MPAN, hub: NEW_HUB })])
  t.same(rulesOf(await service.lookUp(CSP_N, { device: ESME })), ['not-visible'])
})

t.test('a task of a party that is no partner, or that is done, is nobody’s notice', async (t) => {
  const { service, store, news } = await telling(t)
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  granted(await service.set(SUP_E, asked()))
  t.same(inShort(await news()), ['CSP-N set 02', 'CSP-N set 03', 'CSP-N set 04'])
  await service.takeTrafficEvent(traffic('change-of-tenancy', [GSME]))
  t.same(inShort(await news()), [], 'SUP-G is no partner')
  await service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  const [task] = (await store.read((view) => view.tasks.ofParty('SUP-E', true, 10))).items
  granted(await service.completeTask(SUP_E, task?.id ?? '', { kind: 'keep' }))
  t.same(inShort(await news()), [], 'SUP-E has answered already')
})

t.test('a task of a partner that is no Supplier by its roles is not told', async (t) => {
  const { service, fanOut, ...set } = await telling(t)
  const csp: Partner = { ...FOUR_G, party: 'SUP-G', regions: ['South'] }
  const usual = fanOut([...PARTNERS, csp])
  await usual.followPartners()
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  await service.takeTrafficEvent(traffic('change-of-tenancy', [GSME]))
  await usual.run()
  t.same(await made(set), ['CSP-N set', 'CSP-N set'])
})

t.test(
  'flags of an older store are told of at the first start; what only waits to be fetched says so',
  async (t) => {
    const { service, store, fanOut } = await telling(t)
    granted(await service.set(SUP_E, asked()))
    const off = fanOut(PARTNERS.map((partner) => ({ ...partner, isPushed: false })))
    await off.followPartners()
    await off.run()
    t.match(await store.read((view) => view.notices.list({}, 9)), { items: [{ state: 'pull', kind: 'set' }] })
    t.same(await store.read((view) => view.notices.due('CSP-N', instantOf(START + DAY), 9)), [])
  },
)

t.test('no notice has a meter point, a party of the change, a name, a reference or a reason', async (t) => {
  const { service, news, store, pass } = await telling(t)
  granted(await service.set(SUP_E, asked({ reference: 'REF-SECRET' })))
  granted(await service.set(SUP_G, asked({ mpxn: MPRN, reference: 'REF-SECRET' })))
  await service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  await service.importRegistrations(OPS, [supplied(MPAN, 'SUP-N', START + DAY)])
  pass(DAY)
  await service.runDueJobs()
  t.same(inShort(await news()), ['CSP-N set 02', 'CSP-N set 03', 'CSP-N set 04', 'SUP-N re-confirm 03'])
  granted(await service.clear(SUP_G, clearing({ mpxn: MPRN, reason: 'set-in-error' })))
  await service.takeTrafficEvent(traffic('decommissioned', [ESME], { stage: 'done' }))
  t.same(inShort(await news()), ['CSP-N cleared 02', 'CSP-N cleared 04', 'CSP-N closed 03'])
  const { items } = await store.read((view) => view.notices.list({}, 100))
  const said = JSON.stringify(items.map(({ content }) => content))
  const never = [MPAN, MPRN, 'SUP-', 'somebody', 'REF-SECRET', 'CASE-', 'set-in-error', DECLARATION.evidence]
  for (const text of [...never, ...PARTIES.map(({ name }) => name)]) t.notMatch(said, new RegExp(text), text)
  t.same(
    HOUSEHOLD.filter(({ mpxn }) => mpxn !== undefined && said.includes(mpxn)),
    [],
  )
  t.same(
    new Set(items.flatMap(({ content }) => ('reason' in content ? [content.reason] : []))),
    new Set(['consumer-choice']),
  )
})

t.test('whatever happens to a Device, a partner that follows its notices knows how it stands', async (t) => {
  fc.assert(fc.property(STORY, partnerAlwaysKnows), { numRuns: 2_000 })
  t.pass('2,000 stories')
})
