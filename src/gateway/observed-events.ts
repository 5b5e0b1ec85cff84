/** Observed events: what rows with `observe` find in messages, given to the listeners that the gateway was started with. */
import type { Instant } from '../core/device/device.ts'
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import type { MessageOutcome } from '../core/journal/journal-record.ts'
import type { ObservedEvent, Verdict } from '../core/policy/verdict.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { type RareLine, reasonOf } from '../observe/rare-line.ts'
import type { DecisionId } from './decision-id.ts'
import type { MessageContext, MessageResult } from './message-context.ts'

/** A message in which rows with `observe` saw something. */
export interface ObservedMessage {
  readonly decision: DecisionId
  readonly at: Instant
  readonly direction: Direction
  readonly events: readonly ObservedEvent[]
  readonly facts: MessageFacts
  readonly outcome: MessageOutcome
  /** Status of the upstream's reply; absent when there was none. */
  readonly peerStatus: number | undefined
  /** Why it was not carried; absent when it was. */
  readonly code: MessageResult['code']
  /** True of the DSP's synchronous reply; `decision` is then that of the Service Request it answers. */
  readonly isReply: boolean
}

/** A message that rows may have observed something in. */
type Observable = Pick<ObservedMessage, 'direction' | 'outcome' | 'peerStatus' | 'code' | 'isReply'> &
  Pick<MessageResult, 'facts' | 'verdict'>

/** Who has to know of a message that brings Devices into a home, before anything of it goes on. */
export interface SwapWatch {
  /** The message was decided on. `decision`: `…/reply` of a synchronous reply. */
  decided(decision: string, facts: MessageFacts, events: readonly ObservedEvent[]): void
  /** It has been handled, and so has its reply; what was observed in them has been told. */
  handled(decision: string): void
}

/** Who listens, and where it is said that events were not kept in time. */
export interface EventOutlet {
  readonly onEvents: ((seen: ObservedMessage) => Promise<void>) | undefined
  readonly metrics: Metrics
  readonly log: Logger
  /** Where it is logged, of all that were late. */
  readonly late: RareLine
}

/** Whether a row observed something in the message or in its reply. */
export function hasObserved({ verdict, reply }: MessageResult): boolean {
  return hasEvents(verdict) || hasEvents(reply?.verdict)
}

function hasEvents(verdict: Verdict | undefined): boolean {
  return verdict !== undefined && verdict.kind !== 'refuse' && verdict.events.length > 0
}

/** Reports the events of the message, then of its reply; settles once both are kept, or it is counted and logged that they are not yet. */
export async function reportEvents(
  outlet: EventOutlet,
  context: MessageContext,
  { facts, verdict, outcome, peerStatus, code, reply }: MessageResult,
): Promise<void> {
  const { direction } = context
  await tell(outlet, context, { direction, facts, verdict, outcome, peerStatus, code, isReply: false })
  if (!reply) return
  const ofReply = reply.verdict.kind === 'forward' ? 'forwarded' : 'withheld'
  const replied = { direction: 'northbound', peerStatus: undefined, code: undefined, isReply: true } as const
  await tell(outlet, context, { ...replied, ...reply, outcome: ofReply })
}

async function tell(
  { onEvents, metrics, log, late }: EventOutlet,
  { decision, arrivedAt }: MessageContext,
  { facts, verdict, ...seen }: Observable,
): Promise<void> {
  if (!onEvents || !facts || !verdict || verdict.kind === 'refuse' || verdict.events.length === 0) return
  const { events } = verdict
  try {
    await inTime(onEvents({ ...seen, decision, at: arrivedAt, events, facts }))
  } catch (error) {
    metrics.count('duisgate_events_late_total')
    const reason = reasonOf(error)
    late.note((times) =>
      log.error({ reason, decision, events, times }, 'an answer went out before its events were kept'),
    )
  }
}

/** How long an answer may wait until events are kept: the message has been carried, and its sender sends it again some day. */
const KEPT_WITHIN_MS = 1_000

/** Rejects when it takes too long; what was begun goes on. */
async function inTime(keeping: Promise<void>): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error(`the events were not kept within ${KEPT_WITHIN_MS} ms`)),
    KEPT_WITHIN_MS,
  )
  await Promise.race([keeping, late]).finally(() => clearTimeout(timer))
}
