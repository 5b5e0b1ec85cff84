/** What a gateway's reply says became of a message: its status, Duisgate's verdict, and the code that goes with it. */
import type { Reply } from '../../src/cli/load/reply.ts'

const DECISION = /\r\nduisgate-decision:/i
const RESPONSE_CODE = /<(?:[\w.-]+:)?ResponseCode>\s*([A-Z]\d+)\s*</
const SIGNED = '<ds:Signature'
const PROBLEM_CODE = /"code":"([A-Z_]+)"/

/**
 * For example `200 forwarded I99`, `200 rejected E5`, `503 deferred GW_DEFERRED`; `502 no Duisgate` when something else
 * answered. `204 acknowledged` is withheld, or forwarded to a User that answers 204: a sender cannot tell which, by
 * design; the journal can. A rejection is known by `rejectCode` in a Response without a signature: that is how the gateway
 * writes it, and a DSP's own differs at least in being signed.
 */
export function outcomeOf({ status, head, body }: Reply, rejectCode: string): string {
  if (!DECISION.test(head)) return `${status} no Duisgate`
  const text = body.toString('latin1', 0, 4_096)
  const problem = PROBLEM_CODE.exec(text)?.[1]
  if (problem !== undefined)
    return `${status} ${problem === 'GW_DEFERRED' ? 'deferred' : 'refused'} ${problem}`
  if (status === 204) return '204 acknowledged'
  const code = RESPONSE_CODE.exec(text)?.[1]
  const isRejection = code === rejectCode && !text.includes(SIGNED)
  return [status, isRejection ? 'rejected' : 'forwarded', code].filter(Boolean).join(' ')
}
