/** A household, its parties and the service on a real SQLite store in memory, with a clock that the test moves. */
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../../src/core/duis/eui64.ts'
import { idOf } from '../../src/core/restriction/ids.ts'
import type { Actor, Party, Role } from '../../src/core/restriction/party.ts'
import type { ClearRequest, DeclarationForm, SetRequest } from '../../src/core/restriction/requests.ts'
import type { InventoryDevice, Registration, TrafficEvent } from '../../src/core/restriction/restriction.ts'
import type { NewId } from '../../src/restrictions/context.ts'
import { type RestrictionService, restrictionService } from '../../src/restrictions/restriction-service.ts'
import type { AuditEntry, ControlStore } from '../../src/store/control-store.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

export const DAY = 86_400_000
/** A Monday noon in London winter. */
export const START = instantOf(Date.parse('2027-01-11T12:00:00Z'))

export function key(text: string): DeviceKey {
  const read = parseEui64(text)
  if (read === undefined) throw new Error(`${text} is not an EUI-64`)
  return read
}

export const MPAN = '1200000000011'
export const MPRN = '7400000001'
export const HUB = key('00-DB-00-00-00-00-00-01')
export const GPF = key('00-DB-00-00-00-00-00-02')
export const ESME = key('00-DB-00-00-00-00-00-03')
export const GSME = key('00-DB-00-00-00-00-00-04')
export const PPMID = key('00-DB-00-00-00-00-00-05')
export const NEW_HUB = key('00-DB-00-00-00-00-00-11')
export const NEW_GPF = key('00-DB-00-00-00-00-00-12')
export const STRAY = key('00-DB-00-00-00-00-00-99')

export function device(fields: Partial<InventoryDevice> & { readonly key: DeviceKey }): InventoryDevice {
  return {
    type: undefined,
    hub: HUB,
    mpxn: undefined,
    status: 'Commissioned',
    region: 'North',
    generation: 'SMETS2',
    ...fields,
  }
}

export const HOUSEHOLD: readonly InventoryDevice[] = [
  device({ key: HUB, type: 'CHF', hub: undefined }),
  device({ key: GPF, type: 'GPF', mpxn: MPRN }),
  device({ key: ESME, type: 'ESME', mpxn: MPAN }),
  device({ key: GSME, type: 'GSME', mpxn: MPRN }),
  device({ key: PPMID, type: 'PPMID' }),
]

export const EUI_OF_NEXT = key('90-B3-D5-1F-30-01-00-03')

export const PARTIES: readonly Party[] = [
  { id: 'SUP-E', name: 'Electricity Supplier', roles: ['supplier'], euis: [key('90-B3-D5-1F-30-01-00-01')] },
  { id: 'SUP-G', name: 'Gas Supplier', roles: ['supplier'], euis: [key('90-B3-D5-1F-30-01-00-02')] },
  { id: 'SUP-N', name: 'Next Supplier', roles: ['supplier'], euis: [EUI_OF_NEXT] },
  { id: 'NET', name: 'Network Operator', roles: ['network-operator'], euis: [] },
  { id: 'DCC', name: 'Service Centre', roles: ['service-centre'], euis: [] },
  { id: 'CSP-N', name: 'CSP North', roles: ['csp'], euis: [] },
  { id: 'OPS', name: 'DSP operations', roles: ['operations'], euis: [] },
  { id: 'AUD', name: 'Auditor', roles: ['auditor'], euis: [] },
]

export function actor(party: string, role: Role): Actor {
  return { party, role, name: `somebody at ${party}` }
}

export const SUP_E = actor('SUP-E', 'supplier')
export const SUP_G = actor('SUP-G', 'supplier')
export const SUP_N = actor('SUP-N', 'supplier')
export const NET = actor('NET', 'network-operator')
export const CENTRE = actor('DCC', 'service-centre')
export const CSP_N = actor('CSP-N', 'csp')
export const OPS = actor('OPS', 'operations')
export const AUDITOR = actor('AUD', 'auditor')

export function supplied(
  mpxn: string,
  party: string,
  from: number = START - 100 * DAY,
  until?: number,
): Registration {
  return registration('supplier', mpxn, party, from, until)
}

export function registration(
  role: Registration['role'],
  mpxn: string,
  party: string,
  from: number,
  until?: number,
): Registration {
  return {
    mpxn,
    role,
    party,
    from: instantOf(from),
    until: until === undefined ? undefined : instantOf(until),
  }
}

export const REGISTRATIONS: readonly Registration[] = [
  supplied(MPAN, 'SUP-E'),
  supplied(MPRN, 'SUP-G'),
  registration('network-operator', MPAN, 'NET', START - 1000 * DAY),
]

export const DECLARATION: DeclarationForm = {
  steps: ['advice-given', 'alternatives-offered'],
  date: '2027-01-10',
  evidence: 'CASE-4711',
  isLastResort: true,
  isCreditMode: true,
}

export function asked(fields: Partial<SetRequest> = {}): SetRequest {
  const named = fields.mpxn === undefined && fields.device === undefined ? { mpxn: MPAN } : {}
  return { ...named, declaration: DECLARATION, ...fields }
}

export function clearing(fields: Partial<ClearRequest> = {}): ClearRequest {
  return { mpxn: MPAN, reason: 'consumer-request', reference: 'CASE-4712', ...fields }
}

export function traffic(
  event: string,
  devices: readonly DeviceKey[],
  more: Partial<TrafficEvent> = {},
): TrafficEvent {
  return {
    decision: `D-${event}-${devices.join('-')}`,
    event,
    at: START,
    codes: [],
    devices,
    user: undefined,
    ...more,
  }
}

/** The DCC Alert DeviceLogRestored as an event, whatever its code. */
export function restored(old: Pair, fresh: Pair, decision = 'D-restored'): TrafficEvent {
  const [oldHub, oldProxy, newHub, newProxy] = [...old, ...fresh]
  return traffic('hub-change', [oldHub, newHub, oldProxy, newProxy], {
    ...{ decision, stage: 'done', codes: ['N1', 'DeviceLogRestored'] },
    home: { swapped: { oldHub, newHub, oldProxy, newProxy }, meterPoint: undefined, isRemoval: false },
  })
}

/** A hub and its Gas Proxy Function. */
type Pair = readonly [hub: DeviceKey, proxy: DeviceKey]

/** The table's rows that the words of the preview are made of. */
export const NO_ROWS = { rows: [] }

export interface Scene {
  readonly store: ControlStore
  readonly service: RestrictionService
  /** Moves the clock; answers the time it then shows. */
  readonly pass: (ms: number) => Instant
  readonly now: () => Instant
  /** Whether the data plane takes the Device for Restricted now. */
  readonly isRestricted: (key: DeviceKey) => Promise<boolean>
  /** The audit trail, oldest first. */
  readonly trail: () => Promise<readonly AuditEntry[]>
}

export interface SceneOptions {
  /** In memory, on SQLite, when absent. */
  readonly openStore?: (now: () => Instant) => SqlStore | Promise<SqlStore>
  readonly devices?: readonly InventoryDevice[]
  readonly registrations?: readonly Registration[]
  readonly wrap?: (store: ControlStore) => ControlStore
  readonly generations?: readonly ('SMETS1' | 'SMETS2')[]
  readonly clearAfterTenancyDays?: number
}

/** Sets the scene and closes the store with the test. */
export async function scene(
  t: { teardown(work: () => unknown): void },
  options: SceneOptions = {},
): Promise<Scene> {
  let now = START
  const openStore = options.openStore ?? ((clock) => openSqliteStore({ file: ':memory:', now: clock }))
  const store = await openStore(() => now)
  t.teardown(() => store.close())
  await store.change(async (unit) => {
    await unit.inventory.put(options.devices ?? HOUSEHOLD)
    await unit.inventory.putRegistrations(options.registrations ?? REGISTRATIONS)
  })
  const service = restrictionService({
    store: options.wrap?.(store) ?? store,
    parties: PARTIES,
    table: () => NO_ROWS,
    clock: { now: () => now },
    newId: countedIds(),
    rules: {
      clockSkewMs: 300_000,
      aheadMs: 90 * DAY,
      generations: options.generations ?? ['SMETS1', 'SMETS2'],
      clearAfterTenancyDays: options.clearAfterTenancyDays,
    },
    regionsOfCsp: new Map([['CSP-N', ['North']]]),
  })
  return {
    store,
    service,
    now: () => now,
    pass: (ms) => {
      now = instantOf(now + ms)
      return now
    },
    isRestricted: async (device) => {
      const [record] = await store.load([device])
      const flag = record?.restriction
      return flag !== undefined && flag.from <= now && (flag.until === undefined || now < flag.until)
    },
    trail: () => store.read((view) => view.audit.from(1, 10_000)),
  }
}

/** IDs that grow, so that newest first is the order in which things were made. */
function countedIds(): NewId {
  let count = 0
  return (letter, at) => {
    count++
    const bytes = new Uint8Array(16)
    bytes[14] = Math.floor(count / 32) % 32
    bytes[15] = count % 32
    return idOf(letter, at, bytes)
  }
}

/** The value of an outcome that has to be granted. */
export function granted<Outcome extends { readonly ok: boolean }>(
  outcome: Outcome,
): Extract<Outcome, { readonly ok: true }> {
  if (!outcome.ok) throw new Error(`refused: ${JSON.stringify(outcome)}`)
  return outcome as Extract<Outcome, { readonly ok: true }>
}

/** The rules that stood against a request; empty when it was granted. */
export function rulesOf(outcome: {
  readonly ok: boolean
  readonly refusals?: readonly { readonly rule: string }[]
}): readonly string[] {
  return outcome.refusals?.map((refusal) => refusal.rule) ?? []
}

/** The Devices that the flag of this receipt covers. */
export async function membersOf({ store }: Scene, id: string): Promise<readonly DeviceKey[]> {
  const record = await store.read((view) => view.restrictions.find(id))
  return [...(record?.members ?? [])].sort()
}
