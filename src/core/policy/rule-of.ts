/**
 * Which rule of a table stands for one claim: its row, or the default for what no row names.
 */
import type { Claim, MessageFacts } from '../duis/facts.ts'
import { isNeverBlocked } from './row-class.ts'
import type { Rule, Table, TableRow } from './table.ts'
import type { Alarm } from './verdict.ts'

/** The row that names the claim; absent when none does. */
export function rowOf(table: Table, claim: Claim): TableRow | undefined {
  switch (claim.type) {
    case 'srv':
      return table.bySrv.get(claim.srv)
    case 'element':
      return undefined
    case 'alert':
      return table.byAlert.get(claim.code)
    case 'dcc-alert':
      return table.byDccAlert.get(claim.code)
  }
}

/** Whether the message claims something, and nothing that any list could stop: every claim has a never-blocked row. */
export function isNeverBlock(table: Table, { claims }: MessageFacts): boolean {
  const rows = claims.map((claim) => rowOf(table, claim))
  return rows.length > 0 && rows.every((row) => row !== undefined && isNeverBlocked(row.class))
}

/** The default that stands for a claim no row names. */
export function fallbackOf({ fallbacks }: Table, facts: MessageFacts, claim: Claim): Rule {
  switch (claim.type) {
    case 'srv':
      return isUnknownSrvRead(claim) ? fallbacks.unknownReadingSrv : fallbacks.unknownSrv
    case 'element':
      return isUnknownElementRead(facts, claim) ? fallbacks.unknownReadingSrv : fallbacks.unknownSrv
    case 'alert':
      return fallbacks.unknownAlert
    case 'dcc-alert':
      return fallbacks.unknownDccAlert
  }
}

/** The alarm of a claim that no row names. */
export const UNKNOWN_ALARMS: Readonly<Record<Claim['type'], Alarm>> = {
  srv: 'unknown-srv',
  element: 'unknown-element',
  alert: 'unknown-alert',
  'dcc-alert': 'unknown-alert',
}

/** Whether the claim is what a DCC schedule runs, and so is a read. */
export function isScheduledRead(claim: Claim): boolean {
  return claim.source === 'inner-header' || claim.source === 'inner-body'
}

function isUnknownSrvRead(claim: Claim & { type: 'srv' }): boolean {
  return isScheduledRead(claim) || isReadingService(claim.srv)
}

/**
 * A name that sounds like a read says something only where no SRV does: an SRV of another service outweighs it, whatever a
 * later version calls its elements.
 */
function isUnknownElementRead(facts: MessageFacts, claim: Claim & { type: 'element' }): boolean {
  if (isScheduledRead(claim) || isReadingService(facts.serviceReference ?? '')) return true
  const srvs = facts.claims.filter(isStatedSrv)
  if (srvs.length === 0) return READING_ELEMENT.test(claim.name)
  return srvs.some(({ srv }) => isReadingService(srv))
}

/** An SRV that the message itself names, in its Header or its SMETS1 header; not what a payload or an element stands for. */
function isStatedSrv(claim: Claim): claim is Claim & { type: 'srv' } {
  return claim.type === 'srv' && (claim.source === 'header' || claim.source === 'smets1')
}

/** How DUIS names the body elements of the Reading Service. */
const READING_ELEMENT = /^(?:DSP)?(?:Read|Retrieve)/

/** Service 4 is the Reading Service. */
function isReadingService(reference: string): boolean {
  return reference === '4' || reference.startsWith('4.')
}
