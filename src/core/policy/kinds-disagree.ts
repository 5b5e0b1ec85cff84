/**
 * Whether a message claims to be things that cannot all be true. It changes no outcome: the strictest claim counts
 * already, and judging the mismatch is the DSP's. It raises an alarm.
 */
import type { Claim, ClaimSource, MessageFacts } from '../duis/facts.ts'
import type { Table } from './table.ts'

/** Compares what the DUIS header, the body, a schedule's content and the GBCS payload say. */
export function kindsDisagree(table: Table, facts: MessageFacts): boolean {
  if (facts.claims.length < 2) return false
  return (
    differ(facts.claims, OUTER) ||
    differ(facts.claims, SCHEDULED) ||
    payloadIsOfAnotherSrv(table, facts) ||
    payloadIsAnotherAlert(facts.claims)
  )
}

const OUTER: readonly ClaimSource[] = ['header', 'body', 'smets1']
const SCHEDULED: readonly ClaimSource[] = ['inner-header', 'inner-body']

/** SRVs that carry something of another kind by design: Create Schedule and Return Local Command Response. */
const CARRIERS: ReadonlySet<string> = new Set(['5.1', '8.13'])

/** Whether the claim says that the message carries something, and not what. */
export function isCarrier(claim: Claim): boolean {
  return claim.type === 'srv' && CARRIERS.has(claim.srv)
}

function differ(claims: readonly Claim[], sources: readonly ClaimSource[]): boolean {
  let first: string | undefined
  for (const claim of claims) {
    if (claim.type !== 'srv' || !sources.includes(claim.source)) continue
    first ??= claim.srv
    if (claim.srv !== first) return true
  }
  return false
}

/** Asks the table which SRVs the message code may stand for: claims without repeats no longer show all of them. */
function payloadIsOfAnotherSrv(table: Table, facts: MessageFacts): boolean {
  const candidates = table.srvsByMessageCode.get(facts.gbcs?.messageCode ?? '') ?? []
  const stated = facts.claims
    .filter((claim) => claim.type === 'srv')
    .filter(({ source }) => source !== 'gbcs')
  if (candidates.length === 0 || stated.length === 0) return false
  return !stated.some((claim) => isCarrier(claim) || candidates.includes(claim.srv))
}

function payloadIsAnotherAlert(claims: readonly Claim[]): boolean {
  const alerts = claims.filter((claim) => claim.type === 'alert')
  const fromPayload = alerts.filter((claim) => claim.source === 'gbcs')
  const stated = alerts.filter((claim) => claim.source !== 'gbcs')
  return stated.length > 0 && fromPayload.some(({ code }) => stated.every((claim) => claim.code !== code))
}
