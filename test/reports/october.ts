/**
 * One October: homes whose flags begin, end, move and change hands in it, lived through on a real store by the real service with
 * a clock that goes from event to event, and a journal of what gateways would have written meanwhile.
 *
 * `RESTRICTED` says by hand when which Device was Restricted; nothing of it is worked out by the code that is tested.
 */
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf, formatEui64 } from '../../src/core/duis/eui64.ts'
import type { JournalRecord } from '../../src/core/journal/journal-record.ts'
import { mpanCheckDigit } from '../../src/core/restriction/mpxn.ts'
import type { Actor, Party } from '../../src/core/restriction/party.ts'
import type { InventoryDevice, Registration } from '../../src/core/restriction/restriction.ts'
import { type RestrictionService, restrictionService } from '../../src/restrictions/restriction-service.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { DECLARATION, device, granted, NO_ROWS, registration } from '../restriction/scene.ts'
import { recordWith, seeded } from './journal-lines.ts'

export const REVISION = 'f'.repeat(64)
const RULES = { clockSkewMs: 300_000, aheadMs: 90 * 86_400_000, generations: ['SMETS1', 'SMETS2'] as const }

export function at(text: string): Instant {
  return instantOf(Date.parse(text))
}

/** Homes by number: each has a hub and an electricity meter; home 8 has gas. */
export const hubOf = (home: number) => deviceKeyOf(0x00db0001, home)
export const meterOf = (home: number) => deviceKeyOf(0x00db0002, home)
const NEW_HUB = deviceKeyOf(0x00db0001, 99)
const GSME = deviceKeyOf(0x00db0003, 8)
const GPF = deviceKeyOf(0x00db0004, 8)
const MPRN = '7400000001'

export function mpanOf(home: number): string {
  const digits = `12000000000${home}`
  return `${digits}${mpanCheckDigit(digits)}`
}

const REGIONS = ['North', 'Central', 'South']
export const regionOf = (home: number) => REGIONS[home % 3] ?? ''
export const generationOf = (home: number) => (home % 2 === 0 ? 'SMETS2' : 'SMETS1')

const EUI_OF_E = deviceKeyOf(0x90b3d51f, 0x30010001)
const EUI_OF_N = deviceKeyOf(0x90b3d51f, 0x30010003)

export const PARTIES: readonly Party[] = [
  { id: 'SUP-E', name: 'Electricity Supplier', roles: ['supplier'], euis: [EUI_OF_E] },
  { id: 'SUP-N', name: 'Next Supplier', roles: ['supplier'], euis: [EUI_OF_N] },
  { id: 'SUP-G', name: 'Gas Supplier', roles: ['supplier'], euis: [] },
  { id: 'CSP-N', name: 'CSP North', roles: ['csp'], euis: [] },
  { id: 'AUD', name: 'Auditor', roles: ['auditor'], euis: [] },
  { id: 'OPS', name: 'DSP operations', roles: ['operations'], euis: [] },
]

const supplier = (party: string): Actor => ({ party, role: 'supplier', name: 'jane.doe' })

const HOMES = [0, 1, 2, 3, 4, 5, 6, 7]

const INVENTORY: readonly InventoryDevice[] = [
  ...[...HOMES, 8].map((home) =>
    device({
      key: hubOf(home),
      type: 'CHF',
      hub: undefined,
      region: regionOf(home),
      generation: generationOf(home),
    }),
  ),
  device({ key: NEW_HUB, type: 'CHF', hub: undefined, region: 'South', generation: 'SMETS2' }),
  ...HOMES.map((home) => meter(home)),
  gasDevice(GSME, 'GSME', 'Commissioned'),
  gasDevice(GPF, 'GPF', 'Commissioned'),
]

function meter(home: number): InventoryDevice {
  return device({
    ...{ key: meterOf(home), type: 'ESME', hub: hubOf(home), mpxn: mpanOf(home) },
    ...{ region: regionOf(home), generation: generationOf(home) },
  })
}

function gasDevice(key: DeviceKey, type: 'GSME' | 'GPF', status: string): InventoryDevice {
  return device({
    key,
    type,
    status,
    hub: hubOf(8),
    mpxn: MPRN,
    region: regionOf(8),
    generation: generationOf(8),
  })
}

export const LONG_AGO = Date.parse('2025-01-01T00:00:00Z')
const CHANGE_OF_SUPPLIER = Date.parse('2026-10-15T00:00:00Z')

const REGISTRATIONS: readonly Registration[] = [
  ...HOMES.map((home) =>
    registration('supplier', mpanOf(home), 'SUP-E', LONG_AGO, home === 3 ? CHANGE_OF_SUPPLIER : undefined),
  ),
  registration('supplier', mpanOf(3), 'SUP-N', CHANGE_OF_SUPPLIER),
  registration('supplier', MPRN, 'SUP-G', LONG_AGO),
]

interface Life {
  readonly store: SqlStore
  readonly service: RestrictionService
}

type Event = readonly [time: string, happen: (life: Life) => Promise<unknown>]

const set = (home: number, from?: string) => async (life: Life) => {
  const when = from === undefined ? {} : { from: at(from) }
  granted(await life.service.set(supplier('SUP-E'), { mpxn: mpanOf(home), declaration: DECLARED, ...when }))
}
const clear = (home: number, reason: string) => async (life: Life) =>
  granted(
    await life.service.clear(supplier('SUP-E'), {
      mpxn: mpanOf(home),
      reason,
      reference: 'CASE-4712',
    } as never),
  )

const DECLARED = { ...DECLARATION, date: '2026-08-01' }

const EVENTS: readonly Event[] = [
  ['2026-08-31T12:00:00Z', ({ service }) => service.putDevices(INVENTORY)],
  [
    '2026-08-31T12:00:01Z',
    ({ store }) => store.change((unit) => unit.inventory.putRegistrations(REGISTRATIONS)),
  ],
  ['2026-09-05T08:00:00Z', set(0)],
  ['2026-09-20T08:00:00Z', set(3)],
  ['2026-09-30T23:00:00Z', set(7)],
  ['2026-10-02T09:00:00Z', set(4)],
  ['2026-10-03T12:00:00Z', clear(0, 'consumer-request')],
  [
    '2026-10-08T10:00:00Z',
    async ({ service }) =>
      granted(await service.set(supplier('SUP-G'), { mpxn: MPRN, declaration: DECLARED })),
  ],
  ['2026-10-10T00:00:00Z', set(1)],
  [
    '2026-10-12T10:30:00Z',
    ({ service }) => service.putDevices([{ ...meter(4), hub: NEW_HUB, region: 'South' }]),
  ],
  ['2026-10-18T16:00:00Z', ({ service }) => service.putDevices([gasDevice(GSME, 'GSME', 'Decommissioned')])],
  ['2026-10-20T08:00:00Z', clear(4, 'change-of-tenancy')],
  ['2026-10-20T09:00:00Z', set(6, '2026-10-28T00:00:00Z')],
  ['2026-10-24T23:30:00Z', set(2)],
  ['2026-10-25T01:30:00Z', clear(2, 'consumer-request')],
  ['2026-10-26T09:00:00Z', clear(6, 'set-in-error')],
  ['2026-11-01T02:00:00Z', clear(7, 'consumer-request')],
]

/** Lives October on a store whose clock is `clock`. */
export async function liveOctober(store: SqlStore, clock: { now: Instant }): Promise<RestrictionService> {
  const service = restrictionService({
    store,
    parties: PARTIES,
    table: () => NO_ROWS,
    clock: { now: () => clock.now },
    rules: { ...RULES, generations: [...RULES.generations] },
    regionsOfCsp: new Map([['CSP-N', ['North']]]),
  })
  for (const [time, happen] of EVENTS) {
    clock.now = at(time)
    await happen({ store, service })
    const report = { id: 'gateway-a', sequence: await store.position(), state: 'in-step' }
    await store.reportGateway({ ...report, tableRevision: REVISION, counts: {} }, 60 * 86_400_000)
  }
  clock.now = at('2026-11-05T12:00:00Z')
  return service
}

const id = (key: DeviceKey) => formatEui64(key)

/** When which Device was Restricted, whatever the month; by hand. */
const RESTRICTED: Readonly<Record<string, readonly [from: string, until: string]>> = {
  [id(meterOf(0))]: ['2026-09-05T08:00:00Z', '2026-10-03T12:00:00Z'],
  [id(meterOf(1))]: ['2026-10-10T00:00:00Z', '9999-01-01T00:00:00Z'],
  [id(meterOf(2))]: ['2026-10-24T23:30:00Z', '2026-10-25T01:30:00Z'],
  [id(meterOf(3))]: ['2026-09-20T08:00:00Z', '9999-01-01T00:00:00Z'],
  [id(meterOf(4))]: ['2026-10-02T09:00:00Z', '2026-10-20T08:00:00Z'],
  [id(meterOf(7))]: ['2026-09-30T23:00:00Z', '2026-11-01T02:00:00Z'],
  [id(GSME)]: ['2026-10-08T10:00:00Z', '2026-10-18T16:00:00Z'],
  [id(GPF)]: ['2026-10-08T10:00:00Z', '2026-10-18T16:00:00Z'],
}

/** The rows that October's list of exceptions must have: device, hub, region, Supplier, from, until; by hand. */
export const EXCEPTIONS: readonly (readonly string[])[] = [
  [id(meterOf(0)), id(hubOf(0)), 'North', 'SUP-E', '2026-10-01T00:00:00Z', '2026-10-03T12:00:00Z'],
  [id(meterOf(1)), id(hubOf(1)), 'Central', 'SUP-E', '2026-10-10T00:00:00Z', '2026-11-01T00:00:00Z'],
  [id(meterOf(2)), id(hubOf(2)), 'South', 'SUP-E', '2026-10-24T23:30:00Z', '2026-10-25T01:30:00Z'],
  [id(meterOf(3)), id(hubOf(3)), 'North', 'SUP-E', '2026-10-01T00:00:00Z', '2026-10-15T00:00:00Z'],
  [id(meterOf(3)), id(hubOf(3)), 'North', 'SUP-N', '2026-10-15T00:00:00Z', '2026-11-01T00:00:00Z'],
  [id(meterOf(4)), id(hubOf(4)), 'Central', 'SUP-E', '2026-10-02T09:00:00Z', '2026-10-12T10:30:00Z'],
  [id(meterOf(4)), id(NEW_HUB), 'South', 'SUP-E', '2026-10-12T10:30:00Z', '2026-10-20T08:00:00Z'],
  [id(meterOf(7)), id(hubOf(7)), 'Central', 'SUP-E', '2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'],
  [id(GSME), id(hubOf(8)), 'South', 'SUP-G', '2026-10-08T10:00:00Z', '2026-10-18T16:00:00Z'],
  [id(GPF), id(hubOf(8)), 'South', 'SUP-G', '2026-10-08T10:00:00Z', '2026-10-18T16:00:00Z'],
]

/** Where a Device was at a time; by hand. */
export function regionThen(device: string, time: string): string {
  if (device === id(GSME) || device === id(GPF)) return 'South'
  const home = Number.parseInt(device.slice(-2), 16)
  return home === 4 && Date.parse(time) >= Date.parse('2026-10-12T10:30:00Z') ? 'South' : regionOf(home)
}

/** Whether the Device was Restricted then. */
export function wasRestricted(device: string, time: string): boolean {
  const [from, until] = RESTRICTED[device] ?? []
  const then = Date.parse(time)
  return from !== undefined && until !== undefined && Date.parse(from) <= then && then < Date.parse(until)
}

const MESSAGES = 6_000
/** Times at which a month, or an hour of the clock change, begins or ends. */
const BORDERS = [
  '2026-09-30T23:59:59.999Z',
  '2026-10-01T00:00:00.000Z',
  '2026-10-25T00:59:59.999Z',
  '2026-10-25T01:00:00.000Z',
  '2026-10-31T23:59:59.999Z',
  '2026-11-01T00:00:00.000Z',
]

/** What gateways wrote from the end of September to the beginning of November. */
export function octobersRecords(): JournalRecord[] {
  const random = seeded(20_261_001)
  const pick = <Each>(list: readonly Each[]): Each => list[Math.floor(random() * list.length)] as Each
  const devices = [...HOMES.map(meterOf), GSME, GPF].map(id)
  const [first, last] = [Date.parse('2026-09-28T00:00:00Z'), Date.parse('2026-11-04T00:00:00Z')]
  const times = Array.from({ length: MESSAGES }, () =>
    new Date(first + random() * (last - first)).toISOString(),
  )
  for (const border of BORDERS) for (let n = 0; n < 20; n++) times.push(border)
  return times.sort().map((time) => recordOf(time, pick(devices), pick([EUI_OF_E, EUI_OF_N]), random))
}

function recordOf(time: string, device: string, user: DeviceKey, random: () => number): JournalRecord {
  const base = { time, devices: [device], user: id(user), tableRevision: REVISION } as const
  const dice = Math.floor(random() * 12)
  const isRestricted = wasRestricted(device, time)
  const found = { flag: isRestricted ? 'restricted' : 'clear', class: 'consumption' } as const
  const stopped = { ...found, flagDevice: device, peerStatus: undefined } as const
  switch (dice) {
    case 0:
    case 1: {
      const asked = { ...base, kind: 'service-request', codes: ['4.1.1'] } as const
      if (isRestricted) return recordWith({ ...asked, ...stopped, verdict: 'reject', outcome: 'rejected' })
      return recordWith({ ...asked, ...found, replyCode: 'I99' })
    }
    case 2:
    case 3: {
      const answer = {
        ...base,
        kind: 'service-response',
        codes: ['4.1.1'],
        hasData: true,
        responseCode: 'I0',
      } as const
      if (isRestricted) return recordWith({ ...answer, ...stopped, verdict: 'withhold', outcome: 'withheld' })
      return recordWith({ ...answer, ...found })
    }
    case 4:
      return recordWith({
        ...base,
        kind: 'service-response',
        codes: ['4.1.1'],
        hasData: false,
        responseCode: 'E21',
        flag: 'not-needed',
      })
    case 5:
      return recordWith({
        ...base,
        kind: 'service-request',
        codes: ['11.1'],
        class: 'firmware',
        flag: 'not-needed',
        replyCode: 'I99',
      })
    case 6:
      return recordWith({
        ...base,
        kind: 'service-response',
        codes: ['11.1'],
        class: 'firmware',
        flag: 'not-needed',
        hasData: true,
        responseCode: 'I0',
      })
    case 7: {
      const alert = { ...base, kind: 'device-alert', codes: ['8F0A'], class: 'billing' } as const
      const flag = { flag: found.flag, flagDevice: stopped.flagDevice } as const
      if (isRestricted)
        return recordWith({
          ...alert,
          ...flag,
          peerStatus: undefined,
          verdict: 'withhold',
          outcome: 'withheld',
        })
      return recordWith({ ...alert, flag: 'clear' })
    }
    case 8:
      return recordWith({
        ...base,
        kind: 'device-alert',
        codes: ['8F3F'],
        class: 'security',
        flag: 'not-needed',
      })
    case 9:
      return recordWith({
        ...base,
        kind: 'service-request',
        codes: ['8.2'],
        class: 'inventory',
        flag: 'not-needed',
        replyCode: 'I0',
      })
    case 10:
      return recordWith({
        ...base,
        kind: 'service-request',
        codes: ['8.2'],
        class: 'inventory',
        flag: 'not-needed',
        outcome: 'upstream-failed',
        fault: 'GW_PEER_RESET',
        status: 502,
        peerStatus: undefined,
      })
    default:
      return recordWith({
        ...base,
        kind: 'service-request',
        codes: ['8.2'],
        class: 'inventory',
        flag: 'not-needed',
        status: 500,
        peerStatus: 500,
      })
  }
}
