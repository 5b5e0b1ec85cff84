/**
 * Every event that a message may carry, with each shipped table, from the message into a real gateway to the store, the flag,
 * the verdict on the next message and the notice. What swaps add to it is in swap-out.test.ts.
 */
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import type { ObservedEvent } from '../../src/core/catalogue/catalogue.ts'
import { DCC, dccAlert, dccRequest, deviceAlert, request, USER } from '../fixtures/message.ts'
import { createSchedule } from '../fixtures/southbound/parts.ts'
import { deviceKey } from '../support/plans.ts'
import { untilMetric } from '../support/start-gateway.ts'
import {
  ask,
  DELIVERED,
  ESME,
  fixture,
  GSME,
  type Home,
  home,
  MPAN,
  NEW_GPF,
  NEW_HUB,
  OLD_GPF,
  OLD_HUB,
  outcomeOf,
  READ,
  USER_B,
} from './home.ts'

interface Case {
  readonly name: string
  /** The CSP has delivered a new hub and its Gas Proxy Function before. */
  readonly delivered?: string
  /** Changes the home before the message. */
  readonly prepare?: (home: Home) => Promise<unknown>
  /** Sends the message and whatever answers it. */
  readonly send: (home: Home) => Promise<unknown>
  /** Changes the home after the event was taken. */
  readonly afterwards?: (home: Home) => Promise<unknown>
  /** What a read of each Device is answered after that: `E5`, or forwarded. */
  readonly reads: Readonly<Record<string, string>>
  /** Who is asked what. */
  readonly tasks?: readonly (readonly [party: string, kind: string])[]
  /** The notices that the message leads to; others of them may be made for the hub's other Devices. */
  readonly notices?: readonly (readonly [party: string, kind: string, device: string])[]
}

const NEW_GSME = '00-0D-5C-AA-16-9A-00-7A'
const STILL_RESTRICTED = { [GSME]: 'E5', [OLD_GPF]: 'E5' }

/** Something that a request to the gas meter asks for is done. */
const doneBy = (srv: string, body: string, originator = USER) => ({
  send: (set: Home) => ask(set, srv, request({ srv, target: GSME, originator, body }), GSME, { originator }),
})
const alert = (code: string, device = GSME) => ({
  send: ({ north }: Home) => north(deviceAlert(device, code, '')),
})
const alertOfDcc = (payload: string) => ({ send: ({ north }: Home) => north(dccAlert('N1', payload)) })
const statusChange = (change: string) =>
  alertOfDcc(
    `<sr:DeviceStatusChangeEvent><sr:DeviceID>${GSME}</sr:DeviceID><sr:DeviceStatusChange>${change}</sr:DeviceStatusChange></sr:DeviceStatusChangeEvent>`,
  )

const CONFLICT = {
  reads: STILL_RESTRICTED,
  tasks: [['SUP-G', 'prepayment-conflict']],
  notices: [['SUP-G', 'prepayment-conflict', GSME]],
} as const
const REVIEW = {
  reads: STILL_RESTRICTED,
  tasks: [['SUP-G', 'review-tenancy']],
  notices: [['SUP-G', 'review-tenancy', GSME]],
} as const
const NEW_PROXY_JOINS = {
  reads: { ...STILL_RESTRICTED, [NEW_GPF]: 'E5' },
  notices: [['CSP', 'set', NEW_GPF]],
} as const
/** A meter that is in the inventory at the meter point, and that nothing has tied to the flag yet. */
const NEW_METER_JOINS = {
  prepare: ({ store }: Home) =>
    store.change(async (unit) => {
      const old = await unit.inventory.find(deviceKey(GSME))
      if (old) await unit.inventory.put([{ ...old, key: deviceKey(NEW_GSME) }])
    }),
  reads: { ...STILL_RESTRICTED, [NEW_GSME]: 'E5' },
  notices: [['CSP', 'set', NEW_GSME]],
} as const

const SCHEDULE_ID = '<sr:DSPScheduleID>123</sr:DSPScheduleID>'
const createTheSchedule = (set: Home) =>
  ask(
    set,
    '5.1',
    dccRequest({
      srv: '5.1',
      body: createSchedule(ESME, '4.8', '4.8.1', '<sr:DSPReadActiveImportProfileData/>'),
    }),
    DCC,
    { data: SCHEDULE_ID },
  )
const restrictElectricity = ({ restrict }: Home) => restrict('SUP-A', MPAN)
/** The schedule is gone before the flag is set, so nobody is told that it goes dark. */
const NOTHING_DARK = {
  prepare: createTheSchedule,
  afterwards: restrictElectricity,
  reads: { [ESME]: 'E5' },
  notices: [['CSP', 'set', ESME]],
} as const

const CASES: Readonly<Record<ObservedEvent, readonly [Case, ...Case[]]>> = {
  'prepayment-activity': [
    { name: '2.2', ...doneBy('2.2', '<sr:TopUpDevice><sr:UTRN>0</sr:UTRN></sr:TopUpDevice>'), ...CONFLICT },
    { name: 'alert 8168', ...alert('8168'), ...CONFLICT },
  ],
  'payment-mode-change': [
    {
      name: '1.6 to prepayment',
      ...doneBy('1.6', '<sr:UpdatePaymentMode><sr:Prepayment/></sr:UpdatePaymentMode>'),
      ...CONFLICT,
    },
  ],
  'change-of-tenancy': [
    { name: '3.2', ...doneBy('3.2', '<sr:RestrictAccessForChangeOfTenancy/>'), ...REVIEW },
  ],
  'change-of-supplier': [
    {
      name: '6.23 of another Supplier',
      ...doneBy('6.23', '<sr:UpdateSecurityCredentialsCoS/>', USER_B),
      reads: STILL_RESTRICTED,
      tasks: [['SUP-B', 're-confirm']],
      notices: [['SUP-B', 're-confirm', GSME]],
    },
    {
      name: 'ChangeOfSupplier tells one that has been asked or will be',
      ...alertOfDcc(
        `<sr:ChangeOfSupplier><sr:ChangeOfSupplierServiceRequestID>${USER_B}:${GSME}:1000</sr:ChangeOfSupplierServiceRequestID></sr:ChangeOfSupplier>`,
      ),
      reads: STILL_RESTRICTED,
    },
  ],
  'hub-change': [
    {
      name: 'DeviceLogRestored',
      send: ({ north }) => north(fixture('tcso-by-dcc-alert.xml')),
      ...NEW_PROXY_JOINS,
    },
  ],
  'han-change': [
    {
      name: '8.11',
      delivered: DELIVERED,
      send: (set) =>
        ask(
          set,
          '8.11',
          request({
            srv: '8.11',
            target: NEW_HUB,
            body: `<sr:UpdateHANDeviceLog><sr:DeviceID>${GSME}</sr:DeviceID><sr:RequestType>Add</sr:RequestType></sr:UpdateHANDeviceLog>`,
          }),
          NEW_HUB,
        ),
      ...NEW_PROXY_JOINS,
    },
    {
      name: 'DeviceRemovedFromInventory lifts nothing',
      ...statusChange('<sr:DeviceRemovedFromInventory/>'),
      reads: STILL_RESTRICTED,
    },
    { name: 'alert 8F12 lifts nothing', ...alert('8F12', OLD_HUB), reads: STILL_RESTRICTED },
  ],
  commissioned: [
    {
      name: '8.1.1',
      ...NEW_METER_JOINS,
      send: (set) =>
        ask(
          set,
          '8.1.1',
          request({ srv: '8.1.1', target: NEW_GSME, body: '<sr:CommissionDevice/>' }),
          NEW_GSME,
        ),
    },
    { name: 'alert 8F69', ...NEW_METER_JOINS, ...alert('8F69', NEW_GSME) },
  ],
  decommissioned: [
    {
      name: '8.3',
      send: (set) =>
        ask(
          set,
          '8.3',
          dccRequest({
            srv: '8.3',
            body: `<sr:DecommissionDevice><sr:DeviceID>${GSME}</sr:DeviceID></sr:DecommissionDevice>`,
          }),
        ),
      reads: { [GSME]: 'forwarded', [OLD_GPF]: 'forwarded' },
      notices: [['CSP', 'closed', GSME]],
    },
    {
      name: 'MeterDecommissioningOrWithdrawal may be a withdrawal, and closes nothing',
      ...statusChange(
        `<sr:MeterDecommissioningOrWithdrawal><sr:AssociatedType1Device><sr:DeviceID>${GSME}</sr:DeviceID></sr:AssociatedType1Device></sr:MeterDecommissioningOrWithdrawal>`,
      ),
      reads: STILL_RESTRICTED,
    },
  ],
  'schedule-created': [
    {
      name: '5.1 of reads that a flag set later stops',
      send: createTheSchedule,
      afterwards: restrictElectricity,
      reads: { [ESME]: 'E5' },
      notices: [
        ['CSP', 'set', ESME],
        ['SUP-G', 'schedule-goes-dark', ESME],
      ],
    },
  ],
  'schedule-deleted': [
    {
      name: '5.3',
      ...NOTHING_DARK,
      send: (set) =>
        ask(
          set,
          '5.3',
          dccRequest({ srv: '5.3', body: `<sr:DeleteSchedule>${SCHEDULE_ID}</sr:DeleteSchedule>` }),
        ),
    },
    {
      name: 'DSPScheduleRemoval',
      ...NOTHING_DARK,
      ...alertOfDcc(
        `<sr:DSPScheduleRemoval><sr:DeviceID>${ESME}</sr:DeviceID>${SCHEDULE_ID}</sr:DSPScheduleRemoval>`,
      ),
    },
  ],
}

/** Settles when the store has every event so far and the gateway every change that follows from them. */
async function taken({ service }: Home): Promise<void> {
  await untilMetric(service.gateway.metrics, 'duisgate_event_backlog_bytes 0')
  await service.flags.catchUp()
}

async function readOf({ south, dsp }: Home, device: string): Promise<string> {
  const before = dsp.deliveries.length
  const outcome = outcomeOf(await south(READ.toString().replaceAll(NEW_GPF, device)))
  const isForwarded = dsp.deliveries.length > before
  return isForwarded ? 'forwarded' : outcome
}

function eventsIn({ folder }: Home) {
  const reader = new DatabaseSync(join(folder, 'store.db'), { readOnly: true })
  const rows = reader.prepare('SELECT event FROM traffic_events').all()
  reader.close()
  return rows.map(({ event }) => event)
}

async function tasksIn({ store }: Home) {
  const lists = await Promise.all(
    ['SUP-A', 'SUP-B', 'SUP-G'].map((party) => store.read((view) => view.tasks.ofParty(party, true, 10))),
  )
  return lists.flatMap(({ items }) => items.map(({ party, kind }) => [party, kind]))
}

async function noticesIn({ store, fanOut }: Home) {
  await fanOut.run()
  const { items } = await store.read((view) => view.notices.list({}, 100))
  return items.map(({ party, kind, content, place }) => ({ is: [party, kind, content.device], place }))
}

/** Each has a home of its own and mostly waits: beside each other. */
t.jobs = 4

for (const table of ['recommended', 'seed-2023-04-literal'])
  for (const [event, cases] of Object.entries(CASES))
    for (const { name, delivered, prepare, send, afterwards, reads, tasks = [], notices = [] } of cases)
      t.test(`${table}: ${event}, ${name}`, { buffered: true }, async (t) => {
        const set = await home(t, table, delivered)
        await prepare?.(set)
        const before = (await noticesIn(set)).map(({ place }) => place)
        await send(set)
        await taken(set)
        t.ok(eventsIn(set).includes(event), 'the store has the event')
        await afterwards?.(set)
        await taken(set)
        for (const [device, outcome] of Object.entries(reads))
          t.equal(await readOf(set, device), outcome, `the next read of ${device}`)
        t.same(await tasksIn(set), tasks)
        const made = (await noticesIn(set)).filter(({ place }) => !before.includes(place)).map(({ is }) => is)
        for (const notice of notices)
          t.ok(
            made.some((is) => String(is) === String(notice)),
            String(notice),
          )
        const toSuppliers = (all: readonly (readonly unknown[])[]) => all.filter(([party]) => party !== 'CSP')
        t.same(toSuppliers(made), toSuppliers(notices), 'no Supplier is told of anything else')
        t.equal(made.length === 0, notices.length === 0, String(made))
      })
