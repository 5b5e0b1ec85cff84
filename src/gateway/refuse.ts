/**
 * The one place that maps faults and outcomes to replies that are not DUIS: problem details (RFC 9457) that say
 * what is wrong, what to do, and under which decision to ask.
 */
import { READ_FAULTS, type ReadFault } from '../core/duis/fault.ts'
import type { MessageOutcome } from '../core/journal/journal-record.ts'
import type { Answer } from './answer.ts'
import type { CarryResult } from './carry-result.ts'
import type { DecisionId } from './decision-id.ts'
import { GATEWAY_FAULTS, type GatewayFaultCode, type GatewayFaultEntry } from './faults.ts'
import type { GatewayLimits } from './limits.ts'
import { type MessageContext, type MessageResult, messageResult } from './message-context.ts'

/** Status of every fault of reading. */
const UNREADABLE_STATUS = 400

type Refusing = { readonly limits: Pick<GatewayLimits, 'retryAfterSeconds'> }

/** Refused before the body was looked at: the connection ends, whatever the client meant to send on it. */
export function refusedAtGate(
  setup: Refusing,
  context: MessageContext,
  code: GatewayFaultCode,
): MessageResult {
  const answer = { ...faultAnswer(code, context.decision, setup.limits.retryAfterSeconds), closes: true }
  return messageResult({ outcome: 'refused', code, answer })
}

/** The sender left, or the message never got as far as a final verdict. */
export function notCarried(
  setup: Refusing,
  context: MessageContext,
  carryResult: Extract<CarryResult, { kind: 'gone' | 'unreadable' | 'refused' }>,
): MessageResult {
  const { facts, verdict } = carryResult
  switch (carryResult.kind) {
    case 'gone':
      return messageResult({ outcome: 'client-gone', facts, verdict })
    case 'unreadable':
      return messageResult({
        outcome: 'refused',
        code: carryResult.fault.code,
        facts,
        verdict,
        answer: unreadableAnswer(carryResult.fault, context.decision),
      })
    case 'refused':
      return refused(setup, context, carryResult.code, { facts, verdict })
  }
}

/** Answered with a fault of the gateway; `known` is what there is to say about the message. */
export function refused(
  setup: Refusing,
  context: MessageContext,
  code: GatewayFaultCode,
  known: Partial<MessageResult>,
): MessageResult {
  const answer = faultAnswer(code, context.decision, setup.limits.retryAfterSeconds)
  return messageResult({ outcome: outcomeOf(code), ...known, code, answer })
}

/** What the journal calls a message that ended in this fault. */
function outcomeOf(code: GatewayFaultCode): MessageOutcome {
  switch (code) {
    case 'GW_DEFERRED':
    case 'GW_VERDICT_CHANGED':
      return 'deferred'
    case 'GW_NOT_REJECTABLE':
      return 'rejected'
    default:
      return code.startsWith('GW_PEER_') || code === 'GW_REPLY_TOO_LARGE' || code === 'GW_SUBSTITUTE_REFUSED'
        ? 'upstream-failed'
        : 'refused'
  }
}

/** A fault of the gateway as a reply. `retryAfterSeconds` goes out with every 503. */
export function faultAnswer(code: GatewayFaultCode, decision: DecisionId, retryAfterSeconds: number): Answer {
  const { status, text, advice }: GatewayFaultEntry = GATEWAY_FAULTS[code]
  const fields = fieldsWith(status, retryAfterSeconds)
  return problem({ status, code, title: text, detail: advice, decision }, fields)
}

/** A message that could not be read, as a reply. */
function unreadableAnswer(fault: ReadFault, decision: DecisionId): Answer {
  const detail = `${fault.text} (byte ${fault.offset}). Correct the message there; nothing was forwarded.`
  const { code, offset } = fault
  return problem({ status: UNREADABLE_STATUS, code, title: READ_FAULTS[code], detail, offset, decision }, [])
}

/** Members of the problem details that the gateway sends. */
interface Problem {
  readonly status: number
  readonly code: string
  readonly title: string
  readonly detail: string
  readonly decision: DecisionId
  /** Byte of the message, from 0, at which reading stopped. */
  readonly offset?: number
}

function problem(members: Problem, fields: readonly string[]): Answer {
  return {
    status: members.status,
    fields: ['Content-Type', 'application/problem+json', ...fields],
    body: JSON.stringify({ type: `urn:duisgate:fault:${members.code}`, ...members }),
    closes: false,
  }
}

function fieldsWith(status: number, retryAfterSeconds: number): string[] {
  if (status === 503) return ['Retry-After', String(retryAfterSeconds)]
  if (status === 405) return ['Allow', 'POST']
  return []
}
