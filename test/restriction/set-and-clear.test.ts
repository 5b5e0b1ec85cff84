import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import {
  asked,
  CENTRE,
  clearing,
  DAY,
  device,
  ESME,
  GPF,
  GSME,
  granted,
  HOUSEHOLD,
  HUB,
  MPAN,
  MPRN,
  rulesOf,
  START,
  STRAY,
  SUP_E,
  SUP_G,
  SUP_N,
  scene,
  supplied,
  traffic,
} from './scene.ts'

const onBehalf = { onBehalfOf: 'SUP-E', ticket: 'INC-204711' }

t.test('a flag on electricity covers the meter and nothing else on the hub', async (t) => {
  const { service, isRestricted } = await scene(t)
  const { restriction, outcome } = granted(await service.set(SUP_E, asked()))
  t.equal(outcome, 'set')
  t.same(restriction.members, [ESME])
  t.match(restriction.id, /^R-[0-9A-Z]{26}$/)
  t.equal(await isRestricted(ESME), true)
  for (const other of [GSME, GPF, HUB]) t.equal(await isRestricted(other), false)
})

t.test('a flag on gas covers the meter and its Gas Proxy Function, however it is asked for', async (t) => {
  for (const named of [{ mpxn: MPRN }, { device: GSME }, { device: GPF }]) {
    const { service, isRestricted } = await scene(t)
    const { restriction } = granted(await service.set(SUP_G, asked(named)))
    t.same(restriction.members, [GPF, GSME])
    t.equal(restriction.meter, GSME)
    t.equal(await isRestricted(GPF), true)
    t.equal(await isRestricted(HUB), false)
  }
})

t.test(
  'of two meters at one meter point the flag covers both, and names the one that is Commissioned',
  async (t) => {
    for (const commissioned of [ESME, STRAY]) {
      const status = (key: typeof ESME) => (key === commissioned ? 'Commissioned' : 'Pending')
      const meters = [ESME, STRAY].map((key) =>
        device({ key, type: 'ESME', mpxn: MPAN, status: status(key) }),
      )
      const { service } = await scene(t, { devices: meters })
      const { restriction } = granted(await service.set(SUP_E, asked()))
      t.equal(restriction.meter, commissioned)
      t.same([...restriction.members].sort(), [ESME, STRAY].sort())
    }
  },
)

t.test('a Gas Proxy Function without an MPRN is found by its hub', async (t) => {
  const devices = HOUSEHOLD.map((each) => (each.key === GPF ? { ...each, mpxn: undefined } : each))
  for (const named of [{ mpxn: MPRN }, { device: GPF }]) {
    const { service } = await scene(t, { devices })
    t.same(granted(await service.set(SUP_G, asked(named))).restriction.members, [GPF, GSME])
  }
})

t.test('setting what is set answers the same receipt and writes nothing', async (t) => {
  const { service, trail } = await scene(t)
  const first = granted(await service.set(SUP_E, asked()))
  const before = (await trail()).length
  const second = granted(await service.set(SUP_E, asked({ reference: 'CASE-9' })))
  t.equal(second.outcome, 'already-set')
  t.same(second.restriction, first.restriction)
  t.equal((await trail()).length, before)
})

t.test('two requests at once for one meter point make one flag', async (t) => {
  const { service, store } = await scene(t)
  const outcomes = await Promise.all([
    service.set(SUP_E, asked()),
    service.set(SUP_E, asked({ device: ESME })),
    service.set(CENTRE, asked(onBehalf)),
  ])
  t.same(outcomes.map((outcome) => granted(outcome).outcome).sort(), ['already-set', 'already-set', 'set'])
  t.equal(new Set(outcomes.map((outcome) => granted(outcome).restriction.id)).size, 1)
  t.equal((await store.read((view) => view.restrictions.ofMeterPoint(MPAN))).length, 1)
})

t.test(
  'of two clears at once that saw the same version, one is told that the flag has changed',
  async (t) => {
    const { service } = await scene(t)
    const { version } = granted(await service.set(SUP_E, asked())).restriction
    const outcomes = await Promise.all([
      service.clear(SUP_E, clearing({ version, at: instantOf(START + DAY) })),
      service.clear(SUP_E, clearing({ version, at: instantOf(START + 2 * DAY) })),
    ])
    t.same(outcomes.map(rulesOf).sort(), [[], ['version-changed']])
  },
)

t.test('a flag set for later restricts from that instant on', async (t) => {
  const { service, isRestricted, pass } = await scene(t)
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  pass(DAY - 1)
  t.equal(await isRestricted(ESME), false)
  pass(1)
  t.equal(await isRestricted(ESME), true)
})

t.test('a time just behind the clock counts as now, never as before', async (t) => {
  const { service } = await scene(t)
  const { restriction } = granted(await service.set(SUP_E, asked({ from: instantOf(START - 299_000) })))
  t.equal(restriction.from, START)
})

t.test('setting a scheduled flag for now brings it forward under the same ID', async (t) => {
  const { service, isRestricted } = await scene(t)
  const later = granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  const now = granted(await service.set(SUP_E, asked()))
  t.equal(now.outcome, 'changed')
  t.equal(now.restriction.id, later.restriction.id)
  t.equal(now.restriction.version, 2)
  t.equal(await isRestricted(ESME), true)
})

t.test('setting takes back a clear that is still to come, without a gap', async (t) => {
  const { service, isRestricted, pass } = await scene(t)
  granted(await service.set(SUP_E, asked()))
  granted(await service.clear(SUP_E, clearing({ at: instantOf(START + DAY) })))
  const again = granted(await service.set(SUP_E, asked({ from: instantOf(START + 2 * DAY) })))
  t.match(again, {
    outcome: 'changed',
    restriction: { from: START, until: undefined, clearReason: undefined },
  })
  pass(DAY + 1)
  t.equal(await isRestricted(ESME), true)
})

t.test('a clear lifts the flag from its instant on and keeps the record', async (t) => {
  const { service, isRestricted, pass, store } = await scene(t)
  const { restriction } = granted(await service.set(SUP_E, asked()))
  pass(1000)
  const cleared = granted(await service.clear(SUP_E, clearing({ version: restriction.version })))
  t.match(cleared, {
    outcome: 'cleared',
    restriction: { id: restriction.id, clearReason: 'consumer-request' },
  })
  t.equal(await isRestricted(ESME), false)
  t.equal((await store.read((view) => view.restrictions.find(restriction.id)))?.until, START + 1000)
})

t.test('clearing what is cleared answers the same receipt, whatever version was seen', async (t) => {
  const { service, trail } = await scene(t)
  const { id, version } = granted(await service.set(SUP_E, asked())).restriction
  granted(await service.clear(SUP_E, clearing({ restriction: id, version })))
  const before = (await trail()).length
  const again = granted(await service.clear(SUP_E, clearing({ restriction: id, version })))
  t.equal(again.outcome, 'already-cleared')
  t.equal((await trail()).length, before)
})

t.test('a flag taken back before it began never restricts', async (t) => {
  const { service, isRestricted, pass, store } = await scene(t)
  granted(await service.set(SUP_E, asked({ from: instantOf(START + DAY) })))
  granted(await service.clear(SUP_E, clearing()))
  const { items } = await store.read((view) => view.restrictions.list({ open: true }, START, 10))
  t.same(items, [])
  pass(2 * DAY)
  t.equal(await isRestricted(ESME), false)
})

t.test('after a clear the flag can be set anew, under a new ID', async (t) => {
  const { service, isRestricted, pass } = await scene(t)
  const first = granted(await service.set(SUP_E, asked()))
  pass(1)
  granted(await service.clear(SUP_E, clearing()))
  pass(1)
  const second = granted(await service.set(SUP_E, asked()))
  t.equal(second.outcome, 'set')
  t.not(second.restriction.id, first.restriction.id)
  t.equal(await isRestricted(ESME), true)
  const byFirst = granted(await service.clear(SUP_E, clearing({ restriction: first.restriction.id })))
  t.match(byFirst, { outcome: 'already-cleared', restriction: { id: first.restriction.id } })
  t.equal(await isRestricted(ESME), true, 'the ID of before clears nothing any more')
})

t.test('each Supplier controls its own meter: a clear of the other fuel is refused', async (t) => {
  const { service, isRestricted } = await scene(t)
  granted(await service.set(SUP_E, asked()))
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  t.same(rulesOf(await service.clear(SUP_G, clearing())), ['cross-fuel'])
  t.equal(await isRestricted(ESME), true)
})

t.test('the Service Centre acts for the named Responsible Supplier on a ticket', async (t) => {
  const { service } = await scene(t)
  const { restriction } = granted(await service.set(CENTRE, asked(onBehalf)))
  t.match(restriction, { setBy: CENTRE, onBehalfOf: 'SUP-E', ticket: 'INC-204711' })
  granted(await service.clear(SUP_E, clearing()))
})

t.test('the gaining Supplier may ask for a time after its registration starts, not before', async (t) => {
  const registrations = [
    supplied(MPAN, 'SUP-E', START - DAY, START + 10 * DAY),
    supplied(MPAN, 'SUP-N', START + 10 * DAY),
  ]
  const { service } = await scene(t, { registrations })
  const early = await service.set(SUP_N, asked({ from: instantOf(START + 10 * DAY - 1) }))
  t.same(rulesOf(early), ['not-responsible'])
  const losing = await service.set(SUP_E, asked({ from: instantOf(START + 10 * DAY) }))
  t.same(rulesOf(losing), ['not-responsible-then'])
  granted(await service.set(SUP_N, asked({ from: instantOf(START + 10 * DAY) })))
})

t.test('warns, and does not refuse, when the meter is not Commissioned', async (t) => {
  for (const status of ['Pending', 'InstalledNotCommissioned', 'Suspended', 'Recovery', undefined]) {
    const { service } = await scene(t, { devices: [device({ key: ESME, type: 'ESME', mpxn: MPAN, status })] })
    const { warnings } = granted(await service.set(SUP_E, asked()))
    t.same(
      warnings.map((each) => each.warning),
      ['not-commissioned'],
      status ?? 'unknown status',
    )
  }
})

t.test('warns of a gas meter without a Gas Proxy Function, and of no other', async (t) => {
  const warningsOf = async (devices: typeof HOUSEHOLD, supplier: typeof SUP_G, mpxn: string) => {
    const { service } = await scene(t, { devices })
    return granted(await service.set(supplier, asked({ mpxn }))).warnings.map((each) => each.warning)
  }
  const without = HOUSEHOLD.filter((each) => each.key !== GPF)
  t.same(await warningsOf(without, SUP_G, MPRN), ['no-gas-proxy'])
  t.same(await warningsOf(without, SUP_E, MPAN), [])
  t.same(await warningsOf(HOUSEHOLD, SUP_G, MPRN), [])
})

t.test('warns of prepayment traffic that was seen, and makes it a task', async (t) => {
  const { service, store } = await scene(t)
  await service.takeTrafficEvent(traffic('prepayment-activity', [ESME]))
  const { warnings } = granted(await service.set(SUP_E, asked()))
  t.match(warnings, [{ warning: 'prepayment-seen' }])
  const { items } = await store.read((view) => view.tasks.ofParty('SUP-E', true, 10))
  t.match(items, [{ kind: 'prepayment-conflict' }])
})

t.test('the Service Centre can restrict a Device that the inventory does not know', async (t) => {
  const { service, isRestricted } = await scene(t)
  const { warnings, restriction } = granted(
    await service.set(CENTRE, asked({ ...onBehalf, device: STRAY, fuel: 'electricity' })),
  )
  t.match(restriction, { mpxn: undefined, members: [STRAY] })
  t.ok(warnings.some((each) => each.warning === 'unknown-device'))
  t.equal(await isRestricted(STRAY), true)
  t.same(rulesOf(await service.clear(SUP_N, clearing({ mpxn: undefined, device: STRAY }))), [
    'not-responsible',
  ])
  granted(await service.clear(SUP_E, clearing({ mpxn: undefined, device: STRAY })))
})

t.test(
  'the Supplier named clears the flag of a Device that the inventory knows without a meter point',
  async (t) => {
    const { service, isRestricted } = await scene(t, { devices: [device({ key: ESME, type: 'ESME' })] })
    granted(await service.set(CENTRE, asked({ ...onBehalf, device: ESME })))
    t.equal(await isRestricted(ESME), true)
    granted(await service.clear(SUP_E, clearing({ mpxn: undefined, device: ESME })))
    t.equal(await isRestricted(ESME), false)
  },
)

t.test('a flag of a Device without a meter point follows it once the inventory knows one', async (t) => {
  const { service, store } = await scene(t)
  const { restriction } = granted(
    await service.set(CENTRE, asked({ onBehalfOf: 'SUP-G', ticket: 'INC-1', device: STRAY, fuel: 'gas' })),
  )
  await service.putDevices([device({ key: STRAY, type: 'GSME', mpxn: MPRN })])
  const found = await store.read((view) => view.restrictions.find(restriction.id))
  t.equal(found?.mpxn, MPRN)
  t.same([...(found?.members ?? [])].sort(), [GPF, GSME, STRAY].sort())
})

t.test('a bulk file has a result for each row, and a bad row stops no other', async (t) => {
  const { service, isRestricted } = await scene(t)
  const results = []
  for await (const result of service.bulk(SUP_E, [
    { line: 2, action: 'set', request: asked() },
    { line: 3, action: 'set', request: asked({ mpxn: MPRN }) },
    { line: 4, action: 'clear', request: clearing({ mpxn: 'no number' }) },
    { line: 5, action: 'set', request: asked({ device: ESME }) },
  ])) {
    results.push([result.line, result.result.ok ? result.result.outcome : rulesOf(result.result)[0]])
  }
  t.same(results, [
    [2, 'set'],
    [3, 'cross-fuel'],
    [4, 'mpxn-invalid'],
    [5, 'already-set'],
  ])
  t.equal(await isRestricted(ESME), true)
})

t.test('every change names who made it and adds to the chain', async (t) => {
  const { service, trail } = await scene(t)
  granted(await service.set(SUP_E, asked({ reference: 'CASE-1' })))
  granted(await service.clear(SUP_E, clearing()))
  const entries = (await trail()).filter((entry) => entry.subject.startsWith('R-'))
  t.match(entries, [
    { action: 'restriction.set', actor: SUP_E, detail: { reference: 'CASE-1', mpxn: MPAN } },
    { action: 'restriction.cleared', actor: SUP_E, detail: { clearReference: 'CASE-4712' } },
  ])
})

t.test('what is typed into a refused request stays out of the audit', async (t) => {
  const { service, trail } = await scene(t)
  await service.set(SUP_E, asked({ mpxn: 'Jo Bloggs, 07700 900123' }))
  await service.clear(SUP_E, clearing({ restriction: 'jo@example.org', reason: 'jo@example.org' }))
  t.notMatch(JSON.stringify(await trail()), /Jo|jo@|900123/)
})

t.test('a Supplier whose registration another overlaps is told that it is not responsible', async (t) => {
  const registrations = [supplied(MPAN, 'SUP-E'), supplied(MPAN, 'SUP-N', START - DAY)]
  const { service } = await scene(t, { registrations })
  t.same(
    rulesOf(await service.set(SUP_E, asked())),
    ['not-responsible'],
    'and not that it has the other fuel',
  )
  granted(await service.set(SUP_N, asked()))
})
