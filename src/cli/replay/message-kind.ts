/** What a message is, as a person reads it: its kind with codes and their names, and the Devices that it concerns. */
import type { Catalogue } from '../../core/catalogue/catalogue.ts'
import { formatEui64 } from '../../core/duis/eui64.ts'
import type { Claim, MessageFacts, MessageKind } from '../../core/duis/facts.ts'
import type { Reading } from '../examiner.ts'

/** A message in few words. */
export interface MessageDescription {
  /** `Service Request 4.1.1 Read Instantaneous Import Registers`; `unreadable` where nothing could be read. */
  readonly kind: string
  /** The first few Device IDs, upper case, in reading order. */
  readonly devices: readonly string[]
  /** The code of the fault of a message that could not be read; absent elsewhere. */
  readonly fault?: string | undefined
}

const KINDS: Readonly<Record<MessageKind, string>> = {
  'service-request': 'Service Request',
  'service-response': 'Service Response',
  'device-alert': 'Device Alert',
  'dcc-alert': 'DCC Alert',
}

/** Content that several alerts have counts as all of them. */
const MAX_NAMES = 3

/** A message may name 50,000 Devices. */
const MAX_DEVICES = 4

export function descriptionOf({ result }: Reading, catalogue: Catalogue): MessageDescription {
  if (!result.ok) return { kind: 'unreadable', devices: [], fault: result.fault.code }
  const { facts } = result
  return { kind: kindOf(facts, catalogue), devices: facts.devices.slice(0, MAX_DEVICES).map(formatEui64) }
}

function kindOf({ kind, claims }: MessageFacts, catalogue: Catalogue): string {
  const names = [...new Set(claims.map((claim) => nameOf(claim, catalogue)))]
  const more = names.length - MAX_NAMES
  const shown = names.slice(0, MAX_NAMES).join(', ') || 'without code'
  return `${KINDS[kind]} ${shown}${more > 0 ? ` and ${more} more` : ''}`
}

function nameOf(claim: Claim, catalogue: Catalogue): string {
  switch (claim.type) {
    case 'srv':
      return named(claim.srv, catalogue.bySrv.get(claim.srv))
    case 'alert':
      return named(claim.code, catalogue.alerts.get(claim.code))
    case 'dcc-alert':
      return named(claim.code, catalogue.dccAlerts.get(claim.code))
    case 'element':
      return claim.name
  }
}

function named(code: string, entry: { readonly name: string } | undefined): string {
  return entry?.name ? `${code} ${entry.name}` : code
}
