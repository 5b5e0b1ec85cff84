/** How far a message got that was carried, and what is told of it. */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { ReadFault } from '../core/duis/fault.ts'
import type { ReadingPlan } from '../core/duis/reader.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { GatewayFaultCode } from './faults.ts'
import { pathOf } from './gate.ts'
import type { BodyState } from './hold.ts'
import type { MessageContext } from './message-context.ts'
import type { TappedMessage } from './tap.ts'
import type { UpstreamOutcome } from './upstream.ts'

/** A verdict that stops a message which was read. */
type StoppingVerdict = Exclude<Verdict, { kind: 'forward' | 'refuse' }>

/** What is known of a message that came to no final decision: of a large one, what it said at its beginning. */
interface KnownSoFar {
  readonly facts: MessageFacts | undefined
  readonly verdict: Verdict | undefined
}

/**
 * How far the message got.
 *
 * - `gone`: the sender left. `unreadable`, `refused`: nothing complete went out.
 * - `stopped`: decided, and not permitted. `sent`: handed to the upstream; `outcome` is what it made of it.
 */
export type CarryResult =
  | (KnownSoFar & { readonly kind: 'gone' })
  | (KnownSoFar & { readonly kind: 'unreadable'; readonly fault: ReadFault })
  | (KnownSoFar & { readonly kind: 'refused'; readonly code: GatewayFaultCode })
  | { readonly kind: 'stopped'; readonly facts: MessageFacts; readonly verdict: StoppingVerdict }
  | {
      readonly kind: 'sent'
      readonly facts: MessageFacts
      readonly verdict: Verdict
      readonly outcome: UpstreamOutcome
    }

/** The end of a message that was decided on and may not go on. */
export function stopped(facts: MessageFacts, verdict: Exclude<Verdict, { kind: 'forward' }>): CarryResult {
  if (verdict.kind === 'refuse') return { kind: 'unreadable', fault: verdict.fault, facts, verdict }
  return { kind: 'stopped', facts, verdict }
}

export const NOTHING_KNOWN: KnownSoFar = { facts: undefined, verdict: undefined }

/** The end of a message that did not come whole. */
export function notWhole(bodyState: Exclude<BodyState, { kind: 'whole' }>): CarryResult {
  switch (bodyState.kind) {
    case 'unreadable':
      return { kind: 'unreadable', fault: bodyState.fault, ...NOTHING_KNOWN }
    case 'refused':
      return { kind: 'refused', code: bodyState.code, ...NOTHING_KNOWN }
    default:
      return { kind: 'gone', ...NOTHING_KNOWN }
  }
}

/** What became of a message; of one that came to no final decision with what it said at its beginning, as last decided on. */
export function unlessFinal(carryResult: CarryResult, facts: MessageFacts, verdict: Verdict): CarryResult {
  if (carryResult.kind === 'stopped' || carryResult.kind === 'sent' || carryResult.facts) return carryResult
  return { ...carryResult, facts, verdict }
}

/** Only what was stopped or sent has a verdict that says what became of it. */
export function tapped(
  plan: ReadingPlan,
  context: MessageContext,
  carryResult: CarryResult,
  bytes: Buffer,
): TappedMessage | undefined {
  if (carryResult.kind !== 'stopped' && carryResult.kind !== 'sent') return undefined
  const { decision, arrivedAt, direction, exchange } = context
  const { facts, verdict } = carryResult
  return {
    decision,
    arrivedAt,
    direction,
    path: pathOf(exchange.head.target),
    plan,
    facts,
    verdict,
    bytes,
  }
}
