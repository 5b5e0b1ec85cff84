/**
 * The DSP's synchronous reply on its way back to the User. It is a northbound message: an answer to a Non-Device request
 * may carry data of a Restricted Device as well as a later Response may.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { MessageFacts } from '../core/duis/facts.ts'
import { DuisReader, type ReadingPlan, type ReadResult } from '../core/duis/reader.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Answer } from './answer.ts'
import { GATEWAY_FAULTS } from './faults.ts'
import { IS_ASCII_CHARSET, objectToContent } from './gate.ts'
import { carryFields } from './headers.ts'
import { type DecisionContext, judge, reportDecision } from './judge.ts'
import type { KnownMarkup } from './known-markup.ts'
import type { GatewayLimits } from './limits.ts'
import { type MessageContext, type MessageResult, messageResult, type ReadReply } from './message-context.ts'
import { refused } from './refuse.ts'
import { type RejectionWriter, reject } from './reject.ts'
import type { UpstreamReply } from './upstream.ts'

export interface ReplyFilter extends DecisionContext, RejectionWriter {
  /** How replies are read: as northbound messages. */
  readonly replyMarkup: KnownMarkup
  readonly replyFields: ReadonlySet<string>
  readonly limits: GatewayLimits
}

/** A forwarded request, the verdict on it, and what the DSP replied. */
export interface Forwarded {
  readonly facts: MessageFacts
  readonly verdict: Verdict
  readonly reply: UpstreamReply
}

/** Passes the reply on as it came, or stops it and answers the request in its place; at once where nothing is waited for. */
export function filterReply(
  setup: ReplyFilter,
  context: MessageContext,
  exchange: Forwarded,
): MessageResult | Promise<MessageResult> {
  const { reply } = exchange
  if (reply.body.length === 0) return passedReply(setup, exchange, undefined)
  const objection = objectToContent(reply.fields)
  if (objection) {
    context.cause = new Error(GATEWAY_FAULTS[objection].text)
    return unreadableReply(setup, context, exchange)
  }
  if (reply.body.length > SLICE)
    return readInSlices(setup.replyMarkup.plan, reply.body).then((reading) =>
      filterReading(setup, context, exchange, reading),
    )
  const reading = setup.replyMarkup.read(`${context.decision}/reply`, reply.body)
  return filterReading(setup, context, exchange, reading)
}

function filterReading(
  setup: ReplyFilter,
  context: MessageContext,
  exchange: Forwarded,
  reading: ReadResult,
): MessageResult | Promise<MessageResult> {
  const { status, body } = exchange.reply
  if (!reading.ok)
    return isErrorPage(status, body)
      ? passedReply(setup, exchange, undefined)
      : unreadableReply(setup, context, exchange)
  const { facts } = reading
  const judged = judge(setup, facts)
  return judged instanceof Promise
    ? judged.then((verdict) => filterDecided(setup, context, exchange, { facts, verdict }))
    : filterDecided(setup, context, exchange, { facts, verdict: judged })
}

function filterDecided(
  setup: ReplyFilter,
  context: MessageContext,
  exchange: Forwarded,
  read: ReadReply,
): MessageResult {
  reportDecision(setup, `${context.decision}/reply`, read.facts, read.verdict)
  if (read.verdict.kind === 'forward') return passedReply(setup, exchange, read)
  return stoppedReply(setup, context, exchange, read)
}

function passedReply(
  { replyFields }: ReplyFilter,
  { facts, verdict, reply }: Forwarded,
  read: ReadReply | undefined,
): MessageResult {
  const answer = replyAsItCame(reply, replyFields)
  return messageResult({
    outcome: 'forwarded',
    facts,
    verdict,
    peerStatus: reply.status,
    answer,
    reply: read,
  })
}

function unreadableReply(
  setup: ReplyFilter,
  context: MessageContext,
  { facts, verdict, reply }: Forwarded,
): MessageResult {
  const known = { facts, verdict, peerStatus: reply.status }
  return refused(setup, context, 'GW_REPLY_UNREADABLE', { ...known, outcome: 'upstream-failed' })
}

/** The reply of an upstream as an answer: its status, the fields that travel back, its bytes. */
export function replyAsItCame(reply: UpstreamReply, fields: ReadonlySet<string>): Answer {
  return {
    status: reply.status,
    fields: carryFields(reply.fields, reply.connection, fields),
    body: reply.body,
    closes: reply.isEarly,
  }
}

function stoppedReply(
  setup: ReplyFilter,
  context: MessageContext,
  { facts, verdict, reply }: Forwarded,
  stopped: ReadReply,
): MessageResult {
  const outcome = stopped.verdict.kind === 'defer' ? 'deferred' : 'withheld'
  const known = {
    outcome: 'forwarded',
    facts,
    verdict,
    peerStatus: reply.status,
    stoppedReply: { ...stopped, outcome, bytes: reply.body.length },
    reply: stopped,
  } as const
  if (outcome === 'deferred') return refused(setup, context, 'GW_DEFERRED', known)
  const answer = reject(setup, facts, setup.clock.now())
  return answer ? messageResult({ ...known, answer }) : refused(setup, context, 'GW_NOT_REJECTABLE', known)
}

/** Bytes read in one turn of the event loop: about a millisecond. */
const SLICE = 262_144

async function readInSlices(plan: ReadingPlan, bytes: Buffer): Promise<ReadResult> {
  const reader = new DuisReader(plan)
  for (let from = 0; from < bytes.length; from += SLICE) {
    if (from > 0) await nextTurn()
    if (!reader.write(bytes.subarray(from, from + SLICE))) break
  }
  return reader.end()
}

/** The authority in the DUIS namespaces. */
const DUIS = 'dccinterface'

/**
 * Whether a reply that could not be read is an error page: what a server in front of the DSP answers in its place. It passes, so
 * nothing may pass as one that somebody else could read as a DUIS document: by another encoding than the gateway's, by
 * references in place of letters, or by a document type that brings its own. Its fields have been looked at before.
 */
function isErrorPage(status: number, body: Buffer): boolean {
  if (status < 400) return false
  const text = body.toString('latin1')
  return !hasOtherEncoding(text) && !OTHER_DOCTYPE.test(text) && !withoutReferences(text).includes(DUIS)
}

/** A NUL byte (UTF-16, UTF-32), the first bytes of UTF-16, UTF-7 and EBCDIC, or a declaration that names another. */
function hasOtherEncoding(text: string): boolean {
  if (text.includes('\0') || OTHER_SIGNATURE.test(text)) return true
  const [, declaration = ''] = XML_DECLARATION.exec(text) ?? []
  const [, , encoding = ''] = ENCODING.exec(declaration) ?? []
  return declaration.includes('encoding') && !IS_ASCII_CHARSET.test(encoding)
}

const OTHER_SIGNATURE = /^(?:\xfe\xff|\xff\xfe|\+\/v|Lo\xa7\x94)/
const XML_DECLARATION = /^(?:\xef\xbb\xbf)?<\?xml\s([^>]*)>/
const ENCODING = /\sencoding\s*=\s*(["'])(.*?)\1/

/** Any but that of a page, which declares nothing of its own. */
const OTHER_DOCTYPE = /<!DOCTYPE(?!\s+html(?:\s[^[>]*)?>)/i

/** The text with the letters that numeric references stand for. */
function withoutReferences(text: string): string {
  return text.replace(/&#(?:x([0-9a-f]+)|(\d+));/gi, (_, hexadecimal, decimal) =>
    letterOf(hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16)),
  )
}

function letterOf(point: number): string {
  return point < 128 ? String.fromCharCode(point) : '?'
}
