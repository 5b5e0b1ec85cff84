import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { type Refusal, RULES, type RuleId } from '../../src/core/restriction/refusal.ts'
import {
  asked,
  CENTRE,
  clearing,
  DAY,
  DECLARATION,
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
  PPMID,
  type Scene,
  type SceneOptions,
  START,
  STRAY,
  SUP_E,
  SUP_G,
  SUP_N,
  scene,
  supplied,
  traffic,
} from './scene.ts'

interface Case {
  readonly scene?: SceneOptions
  readonly when: (scene: Scene) => Promise<{ readonly ok: boolean; readonly refusals?: readonly Refusal[] }>
  /** What the refusal says beyond the rule's own words. */
  readonly says?: RegExp
}

const onBehalf = { onBehalfOf: 'SUP-E', ticket: 'INC-204711' }
const declared = (fields: Partial<typeof DECLARATION>) => ({ declaration: { ...DECLARATION, ...fields } })
const at = (days: number) => instantOf(START + days * DAY)

async function tenancyTask({ service, store }: Scene): Promise<string> {
  granted(await service.set(SUP_E, asked()))
  await service.takeTrafficEvent(traffic('change-of-tenancy', [ESME]))
  const { items } = await store.read((view) => view.tasks.ofParty('SUP-E', true, 10))
  return items[0]?.id ?? 'no task'
}

/** One case for each rule: a request that this rule, and so its refusal, stands against. */
const CASES: Readonly<Record<RuleId, Case>> = {
  'role-not-allowed': { when: ({ service }) => service.set(NET, asked()) },
  'not-visible': { when: ({ service }) => service.lookUp(SUP_N, { mpxn: MPAN }) },
  'not-responsible': { when: ({ service }) => service.set(SUP_N, asked()) },
  'not-responsible-then': {
    scene: { registrations: [supplied(MPAN, 'SUP-E', START - DAY, START + DAY)] },
    when: ({ service }) => service.set(SUP_E, asked({ from: at(2) })),
  },
  'cross-fuel': { when: ({ service }) => service.set(SUP_G, asked({ mpxn: MPAN })) },
  'no-supplier': {
    scene: { registrations: [] },
    when: ({ service }) => service.set(CENTRE, asked(onBehalf)),
  },
  'on-behalf-missing': { when: ({ service }) => service.set(CENTRE, asked({ ticket: 'INC-204711' })) },
  'on-behalf-not-allowed': { when: ({ service }) => service.set(SUP_N, asked({ onBehalfOf: 'SUP-E' })) },
  'on-behalf-not-supplier': {
    when: ({ service }) => service.set(CENTRE, asked({ ...onBehalf, onBehalfOf: 'NET' })),
  },
  'on-behalf-not-responsible': {
    when: ({ service }) => service.set(CENTRE, asked({ ...onBehalf, onBehalfOf: 'SUP-N' })),
  },
  'ticket-missing': { when: ({ service }) => service.set(CENTRE, asked({ onBehalfOf: 'SUP-E' })) },
  'nothing-named': { when: ({ service }) => service.set(SUP_E, { declaration: DECLARATION }) },
  'mpxn-invalid': {
    when: ({ service }) => service.set(SUP_E, asked({ mpxn: '1200000000012' })),
    says: /check digit/,
  },
  'unknown-meter-point': {
    scene: { registrations: [supplied('1200000000020', 'SUP-E')] },
    when: ({ service }) => service.set(SUP_E, asked({ mpxn: '1200000000020' })),
  },
  'no-meter': {
    scene: { devices: [device({ key: GPF, type: 'GPF', mpxn: MPRN })] },
    when: ({ service }) => service.set(SUP_G, asked({ mpxn: MPRN })),
  },
  'unknown-device': {
    when: ({ service }) => service.set(CENTRE, asked({ ...onBehalf, device: STRAY, mpxn: MPAN })),
  },
  'device-without-meter-point': {
    scene: {
      devices: [
        device({ key: ESME, type: 'ESME', hub: HUB }),
        device({ key: GSME, type: 'GSME', hub: HUB, mpxn: MPRN }),
      ],
    },
    when: ({ service }) => service.set(SUP_G, asked({ device: ESME })),
  },
  'device-elsewhere': { when: ({ service }) => service.set(SUP_G, asked({ device: GSME, mpxn: MPAN })) },
  'hub-never-restricted': { when: ({ service }) => service.set(SUP_E, asked({ device: HUB })) },
  'not-a-meter': { when: ({ service }) => service.set(SUP_E, asked({ device: PPMID })) },
  'fuel-missing': { when: ({ service }) => service.set(CENTRE, asked({ ...onBehalf, device: STRAY })) },
  'generation-not-enabled': {
    scene: { generations: ['SMETS1'] },
    when: ({ service }) => service.set(SUP_E, asked()),
    says: /SMETS2/,
  },
  'meter-gone': {
    scene: { devices: [device({ key: ESME, type: 'ESME', mpxn: MPAN, status: 'Withdrawn' })] },
    when: ({ service }) => service.set(SUP_E, asked()),
  },
  'steps-missing': { when: ({ service }) => service.set(SUP_E, asked(declared({ steps: [] }))) },
  'preference-date': { when: ({ service }) => service.set(SUP_E, asked(declared({ date: '2027-01-12' }))) },
  'evidence-missing': { when: ({ service }) => service.set(SUP_E, asked(declared({ evidence: '  ' }))) },
  'reference-too-long': { when: ({ service }) => service.set(SUP_E, asked({ reference: 'x'.repeat(201) })) },
  'personal-data': {
    when: ({ service }) => service.set(SUP_E, asked(declared({ evidence: 'mail to jo@example.org' }))),
  },
  'text-untyped': { when: ({ service }) => service.set(SUP_E, asked({ reference: 'CASE-\u202e1174' })) },
  'last-resort-not-confirmed': {
    when: ({ service }) => service.set(SUP_E, asked(declared({ isLastResort: false }))),
  },
  'credit-mode-not-confirmed': {
    when: ({ service }) => service.set(SUP_E, asked(declared({ isCreditMode: false }))),
  },
  'in-the-past': { when: ({ service }) => service.set(SUP_E, asked({ from: instantOf(START - 300_001) })) },
  'too-far-ahead': { when: ({ service }) => service.set(SUP_E, asked({ from: instantOf(at(90) + 1) })) },
  'version-changed': {
    when: async ({ service }) => {
      const { restriction } = granted(await service.set(SUP_E, asked()))
      return service.clear(SUP_E, clearing({ version: restriction.version + 1 }))
    },
  },
  'not-restricted': { when: ({ service }) => service.clear(SUP_E, clearing()) },
  'flag-closed': {
    when: async ({ service }) => {
      granted(await service.set(SUP_E, asked()))
      await service.takeTrafficEvent(traffic('decommissioned', [ESME], { stage: 'done' }))
      return service.clear(SUP_E, clearing())
    },
  },
  'clear-reason': {
    when: async ({ service }) => {
      granted(await service.set(SUP_E, asked()))
      return service.clear(SUP_E, clearing({ reason: 'because' }))
    },
  },
  'clear-reference-missing': {
    when: async ({ service }) => {
      granted(await service.set(SUP_E, asked()))
      return service.clear(SUP_E, clearing({ reference: ' ' }))
    },
  },
  'registration-wrong': {
    when: ({ service }) => service.importRegistrations(OPS, [supplied('1200000000012', 'SUP-N')]),
    says: /rows 1/,
  },
  'unknown-task': {
    when: async (set) => set.service.completeTask(SUP_N, await tenancyTask(set), { kind: 'keep' }),
  },
  'task-done': {
    when: async (set) => {
      const id = await tenancyTask(set)
      granted(await set.service.completeTask(SUP_E, id, { kind: 'keep' }))
      return set.service.completeTask(SUP_E, id, { kind: 'keep' })
    },
  },
  'outcome-not-offered': {
    when: async ({ service, store }) => {
      granted(await service.set(SUP_E, asked()))
      await service.takeTrafficEvent(traffic('prepayment-activity', [ESME]))
      const { items } = await store.read((view) => view.tasks.ofParty('SUP-E', true, 10))
      return service.completeTask(SUP_E, items[0]?.id ?? 'no task', { kind: 'clear-after', days: 1 })
    },
  },
  'delay-out-of-range': {
    when: async (set) =>
      set.service.completeTask(SUP_E, await tenancyTask(set), { kind: 'clear-after', days: 91 }),
  },
}

for (const [rule, { scene: options, when, says }] of Object.entries(CASES) as [RuleId, Case][]) {
  t.test(`refuses under ${rule}, says what to do, and keeps it in the audit`, async (t) => {
    const set = await scene(t, { devices: HOUSEHOLD, ...options })
    const outcome = await when(set)
    t.equal(outcome.ok, false)
    t.same(
      outcome.refusals?.map((refusal) => refusal.rule),
      [rule],
      'exactly this rule',
    )
    const [refusal] = outcome.refusals ?? []
    if (says) t.match(refusal?.text, says)
    else t.equal(refusal?.text, RULES[rule].text)
    t.ok(refusal?.whatToDo.endsWith('.'))
    const last = (await set.trail()).at(-1)
    t.match(last, { action: 'restriction.refused', subject: /\S/, detail: { rules: [rule] } })
  })
}

t.test('a form is told of everything that is wrong with it at once', async (t) => {
  const { service } = await scene(t)
  const outcome = await service.set(
    SUP_N,
    asked({
      from: at(-1),
      reference: '07700 900123',
      declaration: { steps: [], date: 'soon', evidence: '', isLastResort: false, isCreditMode: false },
    }),
  )
  t.same(outcome.ok ? [] : outcome.refusals.map((refusal) => refusal.rule), [
    'not-responsible',
    'in-the-past',
    'steps-missing',
    'preference-date',
    'evidence-missing',
    'last-resort-not-confirmed',
    'credit-mode-not-confirmed',
    'personal-data',
  ])
})
