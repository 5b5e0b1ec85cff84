/**
 * Which rule of a table stands for one claim: its row, or the default for what no row names.
 */
import type { Claim, MessageFacts } from '../duis/facts.ts'
import type { Rule, Table } from './table.ts'
import type { Alarm } from './verdict.ts'

/** The row that names the claim; absent when none does. */
export function rowOf(table: Table, claim: Claim): Rule | undefined {
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

function isUnknownElementRead(facts: MessageFacts, claim: Claim & { type: 'element' }): boolean {
  return (
    isScheduledRead(claim) ||
    READING_ELEMENT.test(claim.name) ||
    isReadingService(facts.serviceReference ?? '')
  )
}

/** How DUIS names the body elements of the Reading Service. */
const READING_ELEMENT = /^(?:DSP)?(?:Read|Retrieve)/

/** Service 4 is the Reading Service. */
function isReadingService(reference: string): boolean {
  return reference === '4' || reference.startsWith('4.')
}
