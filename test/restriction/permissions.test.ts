import t from 'tap'
import { type Actor, ROLES, type Role } from '../../src/core/restriction/party.ts'
import { OPERATIONS, type Operation, reachOf } from '../../src/restrictions/permissions.ts'
import {
  AUDITOR,
  asked,
  CENTRE,
  CSP_N,
  clearing,
  device,
  ESME,
  GPF,
  GSME,
  granted,
  HOUSEHOLD,
  HUB,
  MPAN,
  MPRN,
  NET,
  OPS,
  rulesOf,
  type Scene,
  START,
  STRAY,
  SUP_E,
  SUP_G,
  SUP_N,
  scene,
  supplied,
  traffic,
} from './scene.ts'

/** Operations down; the roles that may, with how far they reach where that is not to everything. A change shows as a change of this picture. */
const GRID = `
set                   supplier:own service-centre:on-behalf
clear                 supplier:own service-centre:on-behalf
preview               supplier:own service-centre:on-behalf
bulk                  supplier:own service-centre:on-behalf
notice-tenancy        supplier:own service-centre:on-behalf
complete-task         supplier:own service-centre:on-behalf
look-up               supplier:own network-operator:own service-centre csp:own operations auditor
list                  supplier:own service-centre operations auditor
history               supplier:own service-centre operations auditor
tasks                 supplier:own service-centre operations auditor
changes               network-operator:own service-centre operations auditor
meter-point-feed      supplier:own service-centre operations auditor
table                 supplier network-operator service-centre csp operations auditor
gateways              operations auditor
counts                operations auditor
audit                 service-centre:own auditor
import-registrations  operations
notices               supplier:own network-operator:own service-centre csp:own operations auditor
resend-notice         supplier:own network-operator:own csp:own operations
report-exceptions     supplier:own service-centre csp:own operations auditor
report-performance    supplier:own service-centre operations auditor
report-uptake         supplier:own service-centre operations auditor
report-leaks          service-centre operations auditor
report-evidence       service-centre operations auditor
incidents             service-centre csp:own operations auditor
record-incident       service-centre csp:own operations
table-proposals       service-centre operations auditor
govern-table          operations
table-impact          operations auditor
tokens                supplier:own network-operator:own service-centre:own csp:own operations auditor
revoke-token          supplier:own network-operator:own service-centre:own csp:own operations auditor:own
decisions             supplier:own network-operator:own service-centre operations auditor
`

t.test('the table of roles and operations is this picture', async (t) => {
  const lines = OPERATIONS.map((operation) => {
    const roles = ROLES.flatMap((role) => {
      const reach = reachOf({ role }, operation)
      if (reach === undefined) return []
      return reach === 'any' ? role : `${role}:${reach}`
    })
    return `${operation.padEnd(20)}  ${roles.join(' ')}`
  })
  t.equal(`\n${lines.join('\n')}\n`, GRID)
})

const ACTOR_OF: Readonly<Record<Role, Actor>> = {
  supplier: SUP_E,
  'network-operator': NET,
  'service-centre': CENTRE,
  csp: CSP_N,
  operations: OPS,
  auditor: AUDITOR,
}

type Attempt = (
  scene: Scene,
  actor: Actor,
  id: string,
) => Promise<{ readonly ok: boolean; readonly refusals?: readonly { readonly rule: string }[] }>

/** Operations of the service; the others belong to whoever serves them. */
const ATTEMPTS: Partial<Readonly<Record<Operation, Attempt>>> = {
  set: ({ service }, actor) => service.set(actor, asked()),
  clear: ({ service }, actor) => service.clear(actor, clearing()),
  preview: ({ service }, actor) => service.preview(actor, asked()),
  bulk: async ({ service }, actor) => {
    for await (const { result } of service.bulk(actor, [{ line: 1, action: 'set', request: asked() }]))
      return result
    return { ok: true }
  },
  'notice-tenancy': ({ service }, actor) => service.noticeTenancy(actor, { mpxn: MPAN }),
  'complete-task': ({ service }, actor) => service.completeTask(actor, 'T-1', { kind: 'keep' }),
  'look-up': ({ service }, actor) => service.lookUp(actor, { device: ESME }),
  list: ({ service }, actor) => service.mine(actor, {}, 10),
  history: ({ service }, actor, id) => service.history(actor, id, 10),
  tasks: ({ service }, actor) => service.tasks(actor, { isOpen: true }, 10),
  audit: ({ service }, actor) => service.audit(actor, {}, 10),
  'import-registrations': ({ service }, actor) => service.importRegistrations(actor, []),
}

for (const [operation, attempt] of Object.entries(ATTEMPTS) as [Operation, Attempt][]) {
  for (const role of ROLES) {
    const isDenied = reachOf({ role }, operation) === undefined
    t.test(`${role} is ${isDenied ? 'denied' : 'heard on'} ${operation}`, async (t) => {
      const set = await scene(t)
      const { id } = granted(await set.service.set(SUP_E, asked())).restriction
      const outcome = await attempt(set, ACTOR_OF[role], id)
      t.equal(rulesOf(outcome).includes('role-not-allowed'), isDenied)
      t.equal(await set.isRestricted(ESME), !(operation === 'clear' && role === 'supplier'))
    })
  }
}

t.test('who set a flag is shown to that Supplier, the Service Centre and auditors only', async (t) => {
  const { service } = await scene(t, {
    registrations: [supplied(MPAN, 'SUP-E', START - 1), supplied(MPAN, 'SUP-N', START + 1000)],
  })
  const { id } = granted(await service.set(SUP_E, asked({ reference: 'CASE-1' }))).restriction
  const setterSeenBy = async (actor: Actor) => granted(await service.find(actor, id)).flag.setter?.setBy.party
  for (const actor of [SUP_E, CENTRE, AUDITOR]) t.equal(await setterSeenBy(actor), 'SUP-E', actor.role)
  for (const actor of [OPS, SUP_N]) {
    t.equal(await setterSeenBy(actor), undefined)
    const history = granted(await service.history(actor, id, 10))
    t.match(history.items, [{ action: 'restriction.set' }])
    t.notMatch(JSON.stringify(history.items), /SUP-E|CASE-1/, 'nor does the history say it')
  }
})

t.test('the Supplier still to come sees the flag beforehand; any other does not', async (t) => {
  const { service } = await scene(t, {
    registrations: [supplied(MPAN, 'SUP-E', START - 1), supplied(MPAN, 'SUP-N', START + 1000)],
  })
  granted(await service.set(SUP_E, asked()))
  t.match(granted(await service.lookUp(SUP_N, { mpxn: MPAN })).flags, [{ state: 'effective' }])
  t.same(rulesOf(await service.lookUp(SUP_G, { mpxn: MPAN })), ['not-visible'])
})

t.test(
  "a Supplier is told the same of what is another's, with a flag or without, and of what there is not",
  async (t) => {
    const { service } = await scene(t)
    granted(await service.set(SUP_E, asked()))
    const named = [
      { mpxn: MPAN },
      { mpxn: MPRN },
      { mpxn: '1200000000020' },
      { device: ESME },
      { device: STRAY },
    ]
    for (const each of [...named, { device: HUB }, { mpxn: MPAN, device: STRAY }]) {
      const set = { ...each, declaration: asked().declaration }
      const clear = { ...each, reason: 'consumer-request', reference: 'CASE-1' } as const
      t.same(rulesOf(await service.set(SUP_N, set)), ['not-responsible'])
      const preview = await service.preview(SUP_N, set)
      t.same(rulesOf(preview), ['not-responsible'])
      t.same('warnings' in preview ? preview.warnings : [], [])
      t.same(rulesOf(await service.clear(SUP_N, clear)), ['not-responsible'])
      t.same(rulesOf(await service.previewClear(SUP_N, clear)), ['not-responsible'])
      t.same(rulesOf(await service.noticeTenancy(SUP_N, each)), ['not-responsible'])
    }
    t.same(
      rulesOf(await service.noticeTenancy(SUP_G, { mpxn: MPRN })),
      ['not-restricted'],
      'of its own it is told',
    )
  },
)

t.test('a Supplier loses sight of a flag with the meter point', async (t) => {
  const { service, pass } = await scene(t, {
    registrations: [supplied(MPAN, 'SUP-E', START - 1, START + 1000), supplied(MPAN, 'SUP-N', START + 1000)],
  })
  const { id } = granted(await service.set(SUP_E, asked())).restriction
  pass(1000)
  t.same(rulesOf(await service.find(SUP_E, id)), ['not-visible'])
  t.same(granted(await service.mine(SUP_E, {}, 10)).items, [])
  t.match(granted(await service.mine(SUP_N, {}, 10)).items, [{ id }])
})

t.test('a Network Operator sees yes or no and since when, for what it distributes', async (t) => {
  const { service } = await scene(t)
  granted(await service.set(SUP_E, asked()))
  const seen = granted(await service.lookUp(NET, { mpxn: MPAN }))
  const meter = seen.devices.find((each) => each.key === ESME)
  t.match(meter, { isRestricted: true, since: START })
  t.same(seen.flags, [])
  t.same(rulesOf(await service.lookUp(NET, { mpxn: MPRN })), ['not-visible'])
})

t.test('a CSP sees yes or no by hub in its regions, and no meter point number', async (t) => {
  const devices = [...HOUSEHOLD, device({ key: STRAY, type: 'ESME', hub: undefined, region: 'South' })]
  const { service } = await scene(t, { devices })
  granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
  const seen = granted(await service.lookUp(CSP_N, { device: HUB }))
  const restricted = seen.devices.filter((each) => each.isRestricted).map((each) => each.key)
  t.same(restricted.sort(), [GPF, GSME])
  t.equal(seen.mpxn, undefined)
  t.ok(seen.devices.every((each) => each.mpxn === undefined))
  t.same(seen.flags, [])
  t.same(rulesOf(await service.lookUp(CSP_N, { mpxn: MPRN })), ['not-visible'])
  t.same(rulesOf(await service.lookUp(CSP_N, { device: STRAY })), ['not-visible'])
})

t.test('every look-up is in the audit, granted or not', async (t) => {
  const { service, trail } = await scene(t)
  await service.lookUp(NET, { mpxn: MPAN })
  await service.lookUp(SUP_N, { mpxn: MPAN })
  t.match(await trail(), [
    { action: 'restriction.looked-up', actor: NET, subject: MPAN },
    { action: 'restriction.refused', actor: SUP_N, subject: MPAN },
  ])
})

t.test('the Service Centre answers a task for its Supplier, on a ticket', async (t) => {
  const { service, store } = await scene(t)
  granted(await service.set(SUP_E, asked()))
  await service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  const { items } = await store.read((view) => view.tasks.ofParty('SUP-E', true, 10))
  const id = items[0]?.id ?? ''
  const answer = (onBehalf: { onBehalfOf?: string; ticket?: string }) =>
    service.completeTask(CENTRE, id, { kind: 'keep' }, onBehalf)
  t.same(rulesOf(await answer({})), ['unknown-task'])
  t.same(rulesOf(await answer({ onBehalfOf: 'SUP-E' })), ['ticket-missing'])
  granted(await answer({ onBehalfOf: 'SUP-E', ticket: 'INC-204711' }))
})

t.test(
  'the Service Centre sees what it did, and all about the flag, meter point or Device it names',
  async (t) => {
    const { service } = await scene(t)
    const { id } = granted(await service.set(SUP_E, asked())).restriction
    granted(await service.lookUp(CENTRE, { mpxn: MPRN }))
    granted(await service.lookUp(SUP_E, { device: ESME }))
    const seen = async (filter: { subject?: string; party?: string }) =>
      granted(await service.audit(CENTRE, filter, 10)).items.map(
        ({ action, actor }) => `${action} ${actor.party}`,
      )
    t.same(await seen({}), ['restriction.looked-up DCC'])
    t.same(await seen({ party: 'DCC' }), ['restriction.looked-up DCC'])
    t.same(await seen({ subject: id }), ['audit.looked-up DCC', 'restriction.set SUP-E'])
    t.same(await seen({ subject: id, party: 'SUP-E' }), ['restriction.set SUP-E'])
    t.same(await seen({ subject: ' 7400 000001' }), ['audit.looked-up DCC', 'restriction.looked-up DCC'])
    t.same(await seen({ subject: '00-db-00-00-00-00-00-03' }), [
      'audit.looked-up DCC',
      'restriction.looked-up SUP-E',
    ])
    for (const filter of [
      { party: 'SUP-E' },
      { subject: 'registrations' },
      { subject: 'SUP-E' },
      { subject: '' },
    ])
      t.same(rulesOf(await service.audit(CENTRE, filter, 10)), ['not-visible'], JSON.stringify(filter))
    t.equal(granted(await service.audit(AUDITOR, { party: 'SUP-E' }, 10)).items.length, 2)
  },
)

t.test(
  'a look-up by Device names the meter point of its meter, and shows no Device of another',
  async (t) => {
    const proxy = device({ key: GPF, type: 'GPF' })
    const stray = device({ key: STRAY, type: 'HCALCS', mpxn: MPAN })
    const { service } = await scene(t, {
      devices: [...HOUSEHOLD.filter(({ key }) => key !== GPF), proxy, stray],
    })
    granted(await service.set(SUP_G, asked({ mpxn: MPRN })))
    const ofProxy = granted(await service.lookUp(SUP_G, { device: GPF }))
    t.equal(ofProxy.mpxn, MPRN, 'the Gas Proxy Function has none of its own')
    t.match(ofProxy.flags, [{ mpxn: MPRN }])
    const keys = ofProxy.devices.map((each) => each.key)
    t.ok(keys.includes(HUB) && keys.includes(GSME))
    t.notOk(keys.includes(ESME), 'the meter of the other fuel')
    t.equal(granted(await service.lookUp(OPS, { device: STRAY })).mpxn, MPAN, 'that of a Device that has one')
  },
)

t.test(
  'a Device that has moved to another meter point shows none of the flags of the one before',
  async (t) => {
    const next = '1200000000020'
    const { service, store } = await scene(t, {
      registrations: [supplied(MPAN, 'SUP-E'), supplied(next, 'SUP-N')],
    })
    granted(await service.set(SUP_E, asked()))
    await store.change((unit) => unit.inventory.put([device({ key: ESME, type: 'ESME', mpxn: next })]))
    t.same(granted(await service.lookUp(SUP_N, { device: ESME })).flags, [])
  },
)
