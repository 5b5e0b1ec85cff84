/** What became of a message, by the gateway's reply and, where it is known, by whether the message arrived at the upstream. */
import type { Direction } from '../../core/duis/facts.ts'
import type { Verdict } from '../../core/policy/verdict.ts'
import type { Reply } from './reply.ts'

/**
 * `acknowledged`: forwarded or withheld; their replies are the same by design, and only the upstream can tell them apart.
 * `missing`: answered as if forwarded, and it never arrived at the upstream. `failed`: the gateway or its upstream could not,
 * or something that is no Duisgate answered.
 */
export type Observed = Verdict['kind'] | 'acknowledged' | 'missing' | 'failed'

export interface Outcome {
  readonly verdict: Observed
  /** For example `200 I99`, `503 GW_DEFERRED`, `502 no Duisgate`. */
  readonly answer: string
  readonly decision: string | undefined
}

export interface OutcomeContext {
  readonly direction: Direction
  /** The ResponseCode of rejections. */
  readonly rejectCode: string
  /** Whether it arrived at the upstream; undefined where nobody looks. */
  readonly hasArrived: boolean | undefined
}

const DECISION = /\r\nduisgate-decision: *([\w-]{1,64})/i
const RESPONSE_CODE = /<(?:[\w.-]+:)?ResponseCode>\s*([A-Z]\d{1,4})\s*</
const SIGNED = '<ds:Signature'
const PROBLEM_CODE = /"code":"([A-Z_]{1,40})"/
/** Faults of the message or of how it was sent; other `GW_…` are those of the gateway and its upstream. */
const REFUSALS = /^(?:GW_(?:HTTP|TOO|HEAD)_|GW_ORIGINATOR$|(?!GW_))/

export function outcomeOf({ status, head, body }: Reply, context: OutcomeContext): Outcome {
  const decision = DECISION.exec(head)?.[1]
  if (decision === undefined) return { verdict: 'failed', answer: `${status} no Duisgate`, decision }
  const text = body.toString('latin1', 0, 4_096)
  const problem = PROBLEM_CODE.exec(text)?.[1]
  if (problem !== undefined)
    return { verdict: verdictOfProblem(problem), answer: `${status} ${problem}`, decision }
  const code = RESPONSE_CODE.exec(text)?.[1]
  const answer = [status, code].filter(Boolean).join(' ')
  return { verdict: verdictOf(status, code, text, context), answer, decision }
}

function verdictOfProblem(code: string): Observed {
  if (code === 'GW_DEFERRED') return 'defer'
  if (code === 'GW_NOT_REJECTABLE') return 'reject'
  return REFUSALS.test(code) ? 'refuse' : 'failed'
}

/**
 * What arrived was forwarded, whatever the reply says. Where nobody looks, a rejection is known by its code in a Response
 * without a signature; a gateway that signs its Responses can be told from the DSP only by the upstream.
 */
function verdictOf(
  status: number,
  code: string | undefined,
  text: string,
  { direction, rejectCode, hasArrived }: OutcomeContext,
): Observed {
  if (hasArrived) return 'forward'
  if (direction === 'southbound' && code === rejectCode && (hasArrived === false || !text.includes(SIGNED)))
    return 'reject'
  if (hasArrived === false) return direction === 'northbound' && status === 204 ? 'withhold' : 'missing'
  return status === 204 ? 'acknowledged' : 'forward'
}

/** Whether the outcome is another than expected. What failed came to no verdict. */
export function isWrong(expected: Verdict['kind'], observed: Observed): boolean {
  if (observed === 'failed' || observed === expected) return false
  return observed !== 'acknowledged' || (expected !== 'forward' && expected !== 'withhold')
}
