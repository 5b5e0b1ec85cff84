/**
 * Facts of messages for the tests of the policy: what a test does not name is the ordinary case.
 */
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadTable } from '../../src/config/load-table.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { type DeviceType, type FlagReading, type Instant, instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { Claim, ClaimSource, MessageFacts } from '../../src/core/duis/facts.ts'
import type { Table } from '../../src/core/policy/table.ts'

export const catalogue = loadCatalogue()

/** A shipped table; throws with its problems when it has any. */
export async function shipped(name: string): Promise<Table> {
  const compiled = await loadTable(tablePathOf(name), catalogue)
  if (compiled.ok) return compiled.table
  throw new Error(JSON.stringify(compiled.problems))
}

export const NOON = instantOf(Date.UTC(2026, 0, 1, 12))

export const ESME = deviceKeyOf(0x00db1234, 0x567890a0)
export const GPF = deviceKeyOf(0x00db1234, 0x567890a1)
export const SUPPLIER = deviceKeyOf(0x90b3d51f, 0x30010000)

const ORDINARY = {
  schemaVersion: '5.4',
  devices: [ESME],
  user: SUPPLIER,
  requestId: '90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000',
  responseId: undefined,
  serviceReference: undefined,
  serviceReferenceVariant: undefined,
  commandVariant: undefined,
  responseCode: undefined,
  hasData: true,
  isScheduled: false,
  isScheduleNumber: false,
  hasUnknownField: false,
  dccAlertPayloads: [],
  home: undefined,
  isLaterBody: false,
  faultUnlessSafe: undefined,
  executionDateTime: undefined,
  scheduleId: undefined,
  scheduleEndDate: undefined,
  paymentMode: undefined,
  logsToRead: [],
  gbcs: undefined,
  useCases: [],
  namesDevice: true,
  notUnderstood: [],
} satisfies Partial<MessageFacts>

/** A Service Request whose header, or another place, claims each of these SRVs. */
export function request(claims: readonly Claim[], given: Partial<MessageFacts> = {}): MessageFacts {
  return {
    ...ORDINARY,
    direction: 'southbound',
    kind: 'service-request',
    commandVariant: 1,
    claims,
    ...given,
  }
}

export function response(claims: readonly Claim[], given: Partial<MessageFacts> = {}): MessageFacts {
  return {
    ...ORDINARY,
    direction: 'northbound',
    kind: 'service-response',
    responseCode: 'I0',
    claims,
    ...given,
  }
}

export function deviceAlert(claims: readonly Claim[], given: Partial<MessageFacts> = {}): MessageFacts {
  return response(claims, { kind: 'device-alert', requestId: undefined, ...given })
}

export function dccAlert(claims: readonly Claim[], given: Partial<MessageFacts> = {}): MessageFacts {
  return response(claims, { kind: 'dcc-alert', requestId: undefined, ...given })
}

export function srv(code: string, source: ClaimSource = 'header'): Claim {
  return { type: 'srv', srv: code, source }
}

export function alert(code: string, source: ClaimSource = 'alert'): Claim {
  return { type: 'alert', code, source }
}

export function dcc(code: string): Claim {
  return { type: 'dcc-alert', code, source: 'alert' }
}

export function element(name: string, source: ClaimSource = 'body'): Claim {
  return { type: 'element', name, source }
}

interface ReadingOptions {
  readonly type?: DeviceType | undefined
  readonly ageMs?: number
  readonly isStale?: boolean
  readonly since?: Instant
}

export function restricted({ type, ageMs = 5, isStale = false, since }: ReadingOptions = {}): FlagReading {
  return { state: 'restricted', type, version: 7, ageMs, isStale, since }
}

export function clear({ type, ageMs = 5, isStale = false }: ReadingOptions = {}): FlagReading {
  return { state: 'clear', type, version: 3, ageMs, isStale }
}

export const unknown: FlagReading = { state: 'unknown' }
