/**
 * Carrying one message across: read it, look its Devices up, decide, and send it on or not. The same for both
 * directions, and the only place where bytes get from one side to the other.
 *
 * A message held whole is decided once, on all it says. A large one is decided twice: on what it says when more than
 * `holdBytes` have arrived, to know whether to begin sending, and on all it says at its end, to know whether to let the
 * end go. Claims can only be added in between, so a second "forward" is what the upstream's copy rests on.
 */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { Permit } from '../core/policy/decide.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import { type CarryResult, NOTHING_KNOWN, notWhole, stopped, tapped, unlessFinal } from './carry-result.ts'
import type { GatewayFaultCode } from './faults.ts'
import { beginForward, finishForward, forward } from './forward.ts'
import { carryFields } from './headers.ts'
import { BodyReader, type BodyState, type HeldBytes } from './hold.ts'
import { type DecisionContext, judge, reportDecision } from './judge.ts'
import type { KnownMarkup } from './known-markup.ts'
import type { GatewayLimits } from './limits.ts'
import type { MessageContext } from './message-context.ts'
import type { TapEnd, TapSocket } from './tap.ts'
import type { Upstream, UpstreamOutcome, UpstreamRequest } from './upstream.ts'

/** What carrying needs to know of its direction. */
export interface DirectionSetup extends DecisionContext {
  /** What is known of its messages, and how the others are read. */
  readonly markup: KnownMarkup
  readonly limits: GatewayLimits
  readonly held: HeldBytes
  readonly requestFields: ReadonlySet<string>
  /** What speaks against a message that was read, before it is decided on; absent: nothing does. */
  readonly objectionTo?: (context: MessageContext, facts: MessageFacts) => GatewayFaultCode | undefined
  /** Where messages are watched; absent: nowhere. */
  readonly taps?: TapSocket | undefined
}

/** Where a message goes. `target` is the path with its query. */
export interface Destination {
  readonly upstream: Upstream
  readonly target: string
}

export type FindDestination = (facts: MessageFacts) => Destination | undefined

/** A message on its way: what all of this file works on. */
interface Carriage {
  readonly setup: DirectionSetup
  readonly context: MessageContext
  readonly bodyReader: BodyReader
  readonly destinationOf: FindDestination
}

/** Takes the body of a message in and carries it as far as it may go. */
export async function carry(
  setup: DirectionSetup,
  context: MessageContext,
  destinationOf: FindDestination,
): Promise<CarryResult> {
  const bodyReader = new BodyReader(context.exchange, setup.markup, setup.limits, setup.held)
  const carriage: Carriage = { setup, context, bodyReader, destinationOf }
  try {
    const held = bodyReader.hold()
    const bodyState = held instanceof Promise ? await held : held
    context.ended('hold')
    if (bodyState.kind === 'large') {
      setup.taps?.tap?.tooLarge(context.direction)
      return await carryLarge(carriage)
    }
    const onEnd = setup.taps?.tap?.begin(context.direction)
    return onEnd ? await carryWatched(carriage, bodyState, onEnd) : await carryWhole(carriage, bodyState)
  } finally {
    context.bytes = bodyReader.bytes
    bodyReader.letGo()
  }
}

/** Carries a message as any other, and tells how it ended. */
async function carryWatched(carriage: Carriage, bodyState: BodyState, onEnd: TapEnd): Promise<CarryResult> {
  const bytes = carriage.bodyReader.kept()
  let carryResult: CarryResult | undefined
  try {
    carryResult = await carryWhole(carriage, bodyState)
    return carryResult
  } finally {
    onEnd(carryResult && tapped(carriage.setup.markup.plan, carriage.context, carryResult, bytes))
  }
}

/** Nothing is waited for but a flag that is not at hand, and the upstream. */
function carryWhole(carriage: Carriage, bodyState: BodyState): CarryResult | Promise<CarryResult> {
  const { setup, context, bodyReader } = carriage
  if (bodyState.kind !== 'whole') return notWhole(bodyState)
  const reading = bodyReader.end()
  if (!reading.ok) return { kind: 'unreadable', fault: reading.fault, ...NOTHING_KNOWN }
  const { facts } = reading
  if (bodyReader.isKnown) setup.markup.checkSome(context.decision, facts, bodyReader.kept())
  const objection = objected(carriage, facts)
  if (objection) return objection
  const judged = judge(setup, facts)
  return judged instanceof Promise
    ? judged.then((verdict) => carryDecided(carriage, facts, verdict))
    : carryDecided(carriage, facts, judged)
}

/** Stops a message held whole, or sends it, as was decided. */
function carryDecided(
  carriage: Carriage,
  facts: MessageFacts,
  verdict: Verdict,
): CarryResult | Promise<CarryResult> {
  const { setup, context, bodyReader, destinationOf } = carriage
  reportDecision(setup, context.decision, facts, verdict)
  context.ended('decide')
  if (verdict.kind !== 'forward') return stopped(facts, verdict)
  const destination = destinationOf(facts)
  if (!destination) return { kind: 'refused', code: 'GW_NO_ROUTE', facts, verdict }
  const request = requestTo(destination, carriage, facts)
  const bytes = bodyReader.takeKept()
  return sendDecided(carriage, facts, verdict, (permit) =>
    forward(permit, destination.upstream, request, bytes),
  )
}

/** A message that was withdrawn unsent is tried so often at most; then its sender sends it again. */
const MAX_TRIES = 2

/**
 * Sends a message held whole. One that was withdrawn while it waited for a connection, nothing of it written, is decided on
 * again with all the time that takes: it is stopped as the flags now are, or sent on the strength of the new decision.
 */
async function sendDecided(
  { setup, context }: Carriage,
  facts: MessageFacts,
  first: Permitting,
  send: (permit: Permit) => Promise<UpstreamOutcome>,
): Promise<CarryResult> {
  let verdict = first
  for (let tries = 1; ; tries++) {
    setup.sent.note(setup.table(), facts, verdict, setup.clock.now())
    const outcome = await send(verdict.permit)
    context.ended('peer')
    if (!isWithdrawn(outcome)) return { kind: 'sent', facts, verdict, outcome }
    const again = await judge(setup, facts)
    context.ended('decide')
    if (again.kind !== 'forward') return stopped(facts, again)
    if (tries === MAX_TRIES) return { kind: 'refused', code: 'GW_WITHDRAWN', facts, verdict: again }
    verdict = again
  }
}

/** Whether a message waited for a connection, and was no longer permitted beyond doubt when there was one. */
function isWithdrawn(outcome: UpstreamOutcome): boolean {
  return outcome.kind === 'failed' && outcome.code === 'GW_WITHDRAWN'
}

/** The end of a message that its caller may not send. */
function objected({ setup, context }: Carriage, facts: MessageFacts): CarryResult | undefined {
  const code = setup.objectionTo?.(context, facts)
  return code && { kind: 'refused', code, facts, verdict: undefined }
}

/** Asked of a message that waited for a connection: a flag may have been set meanwhile. False also when nobody knows yet. */
function isStillPermitted(setup: DirectionSetup, facts: MessageFacts): boolean {
  const verdict = judge(setup, facts)
  return !(verdict instanceof Promise) && verdict.kind === 'forward'
}

async function carryLarge(carriage: Carriage): Promise<CarryResult> {
  const { setup, context, bodyReader } = carriage
  const early = bodyReader.factsSoFar
  if (!early) return { kind: 'refused', code: 'GW_HEAD_TOO_LARGE', ...NOTHING_KNOWN }
  const objection = objected(carriage, early)
  if (objection) return objection
  const verdict = await judge(setup, early)
  context.ended('decide')
  return verdict.kind === 'forward'
    ? carryOn(carriage, early, verdict)
    : unlessFinal(await readOn(carriage), early, verdict)
}

/** Lets a large message go on the strength of its beginning, but for its end. One that was withdrawn is decided on again. */
async function carryOn(carriage: Carriage, early: MessageFacts, first: Permitting): Promise<CarryResult> {
  const { setup, context, bodyReader, destinationOf } = carriage
  const destination = destinationOf(early)
  if (!destination) return { kind: 'refused', code: 'GW_NO_ROUTE', facts: early, verdict: first }
  const request = requestTo(destination, carriage, early)
  const { contentLength } = context.exchange.head
  const begin = ({ permit }: Permitting) => beginForward(permit, destination.upstream, request, contentLength)
  let verdict = first
  let upload = begin(verdict)
  if (!(await upload.begun()) && isWithdrawn(await upload.outcome)) {
    context.ended('peer')
    const again = await judge(setup, early)
    context.ended('decide')
    if (again.kind !== 'forward') return unlessFinal(await readOn(carriage), early, again)
    verdict = again
    upload = begin(verdict)
  }
  try {
    const bodyState = await bodyReader.stream(upload)
    context.ended('hold')
    if (bodyState.kind === 'unwanted')
      return { kind: 'sent', facts: early, verdict, outcome: await upload.outcome }
    const end = await decideAtEnd(carriage, bodyState)
    if (end.kind !== 'permitted') return unlessFinal(end, early, verdict)
    setup.sent.note(setup.table(), end.facts, end.verdict, setup.clock.now())
    const outcome = await finishForward(end.verdict.permit, upload, bodyReader.takeKept())
    context.ended('peer')
    return { kind: 'sent', facts: end.facts, verdict: end.verdict, outcome }
  } finally {
    upload.breakOff()
  }
}

/** A large message that is stopped at first sight is read to its end without being kept, and decided on there. */
async function readOn(carriage: Carriage): Promise<CarryResult> {
  const bodyState = await carriage.bodyReader.discard()
  carriage.context.ended('hold')
  const end = await decideAtEnd(carriage, bodyState)
  if (end.kind !== 'permitted') return end
  return { kind: 'refused', code: 'GW_VERDICT_CHANGED', facts: end.facts, verdict: end.verdict }
}

type Permitting = Extract<Verdict, { kind: 'forward' }>

interface Permitted {
  readonly kind: 'permitted'
  readonly facts: MessageFacts
  readonly verdict: Permitting
}

async function decideAtEnd(carriage: Carriage, bodyState: BodyState): Promise<CarryResult | Permitted> {
  const { setup, context, bodyReader } = carriage
  if (bodyState.kind !== 'whole') return notWhole(bodyState)
  const reading = bodyReader.end()
  if (!reading.ok) return { kind: 'unreadable', fault: reading.fault, ...NOTHING_KNOWN }
  const objection = objected(carriage, reading.facts)
  if (objection) return objection
  const verdict = await judge(setup, reading.facts)
  reportDecision(setup, context.decision, reading.facts, verdict)
  context.ended('decide')
  if (verdict.kind !== 'forward') return stopped(reading.facts, verdict)
  return { kind: 'permitted', facts: reading.facts, verdict }
}

function requestTo(
  destination: Destination,
  { setup, context }: Carriage,
  facts: MessageFacts,
): UpstreamRequest {
  const { fields, connection } = context.exchange.head
  return {
    target: destination.target,
    fields: carryFields(fields, connection, setup.requestFields),
    mayBegin: () => isStillPermitted(setup, facts),
  }
}
