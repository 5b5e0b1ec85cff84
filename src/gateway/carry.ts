/**
 * Carrying one message across: read it, look its Devices up, decide, and send it on or not. The same for both
 * directions, and the only place where bytes get from one side to the other.
 *
 * A message held whole is decided once, on all it says. A large one is decided twice: on what it says when more than
 * `holdBytes` have arrived, to know whether to begin sending, and on all it says at its end, to know whether to let the
 * end go. Claims can only be added in between, so a second "forward" is what the peer's copy rests on.
 */
import type { MessageFacts } from '../core/duis/facts.ts'
import type { ReadFault } from '../core/duis/fault.ts'
import type { ReadingPlan } from '../core/duis/reader.ts'
import type { Permit } from '../core/policy/decide.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { GatewayFaultCode } from './faults.ts'
import { beginForward, finishForward, forward } from './forward.ts'
import { pathOf } from './gate.ts'
import { carryFields } from './headers.ts'
import { type Arrival, type HeldBytes, Intake } from './hold.ts'
import { type Judge, judge, tellDecided } from './judge.ts'
import type { GatewayLimits } from './limits.ts'
import type { Passage } from './passage.ts'
import type { Peer, PeerOutcome, PeerRequest } from './peer.ts'
import type { TapEnd, TappedMessage, TapSocket } from './tap.ts'

/** What carrying needs to know of its direction. */
export interface Way extends Judge {
  readonly plan: ReadingPlan
  readonly limits: GatewayLimits
  readonly held: HeldBytes
  readonly requestFields: ReadonlySet<string>
  /** What speaks against a message that was read, before it is decided on; absent: nothing does. */
  readonly objectionTo?: (passage: Passage, facts: MessageFacts) => GatewayFaultCode | undefined
  /** Where messages are watched; absent: nowhere. */
  readonly taps?: TapSocket | undefined
}

/** Where a message goes. `target` is the path with its query. */
export interface Destination {
  readonly peer: Peer
  readonly target: string
}

export type FindDestination = (facts: MessageFacts) => Destination | undefined

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
 * - `stopped`: decided, and not permitted. `sent`: handed to the peer; `outcome` is what it made of it.
 */
export type Carried =
  | (KnownSoFar & { readonly kind: 'gone' })
  | (KnownSoFar & { readonly kind: 'unreadable'; readonly fault: ReadFault })
  | (KnownSoFar & { readonly kind: 'refused'; readonly code: GatewayFaultCode })
  | { readonly kind: 'stopped'; readonly facts: MessageFacts; readonly verdict: StoppingVerdict }
  | {
      readonly kind: 'sent'
      readonly facts: MessageFacts
      readonly verdict: Verdict
      readonly outcome: PeerOutcome
    }

/** Takes the body of `passage` in and carries it as far as it may go. */
export async function carry(way: Way, passage: Passage, destinationOf: FindDestination): Promise<Carried> {
  const intake = new Intake(passage.exchange, way.plan, way.limits, way.held)
  try {
    const held = intake.hold()
    const arrival = held instanceof Promise ? await held : held
    passage.ended('hold')
    if (arrival.kind === 'large') {
      way.taps?.tap?.tooLarge(passage.direction)
      return await carryLarge(way, passage, intake, destinationOf)
    }
    const onEnd = way.taps?.tap?.begin(passage.direction)
    return onEnd
      ? await carryWatched(onEnd, way, passage, intake, arrival, destinationOf)
      : await carryWhole(way, passage, intake, arrival, destinationOf)
  } finally {
    passage.bytes = intake.bytes
    intake.letGo()
  }
}

/** Carries a message as any other, and tells how it ended. */
async function carryWatched(
  onEnd: TapEnd,
  way: Way,
  passage: Passage,
  intake: Intake,
  arrival: Arrival,
  destinationOf: FindDestination,
): Promise<Carried> {
  const bytes = intake.kept()
  let carried: Carried | undefined
  try {
    carried = await carryWhole(way, passage, intake, arrival, destinationOf)
    return carried
  } finally {
    onEnd(carried && tapped(way, passage, carried, bytes))
  }
}

/** Only what was stopped or sent has a verdict that says what became of it. */
function tapped(
  { plan }: Way,
  { decision, arrivedAt, direction, exchange }: Passage,
  carried: Carried,
  bytes: Buffer,
): TappedMessage | undefined {
  if (carried.kind !== 'stopped' && carried.kind !== 'sent') return undefined
  const { facts, verdict } = carried
  return { decision, arrivedAt, direction, path: pathOf(exchange.head.target), plan, facts, verdict, bytes }
}

async function carryWhole(
  way: Way,
  passage: Passage,
  intake: Intake,
  arrival: Arrival,
  destinationOf: FindDestination,
): Promise<Carried> {
  if (arrival.kind !== 'whole') return notWhole(arrival)
  const reading = intake.end()
  if (!reading.ok) return { kind: 'unreadable', fault: reading.fault, ...NOTHING_KNOWN }
  const { facts } = reading
  const objection = objected(way, passage, facts)
  if (objection) return objection
  const judged = judge(way, facts)
  const verdict = judged instanceof Promise ? await judged : judged
  tellDecided(way, passage.decision, facts, verdict)
  passage.ended('decide')
  if (verdict.kind !== 'forward') return stopped(facts, verdict)
  const destination = destinationOf(facts)
  if (!destination) return { kind: 'refused', code: 'GW_NO_ROUTE', facts, verdict }
  const request = { ...requestTo(destination, way, passage), mayBegin: () => isStillPermitted(way, facts) }
  const bytes = intake.takeKept()
  return sendDecided(way, passage, facts, verdict, (permit) =>
    forward(permit, destination.peer, request, bytes),
  )
}

/** A message that was withdrawn unsent is tried so often at most; then its sender sends it again. */
const MAX_TRIES = 2

/**
 * Sends a message held whole. One that was withdrawn while it waited for a connection, nothing of it written, is decided on
 * again with all the time that takes: it is stopped as the flags now are, or sent on the strength of the new decision.
 */
async function sendDecided(
  way: Way,
  passage: Passage,
  facts: MessageFacts,
  first: Permitting,
  send: (permit: Permit) => Promise<PeerOutcome>,
): Promise<Carried> {
  let verdict = first
  for (let tries = 1; ; tries++) {
    way.sent.note(way.table(), facts, verdict, way.clock.now())
    const outcome = await send(verdict.permit)
    passage.ended('peer')
    if (!isWithdrawn(outcome)) return { kind: 'sent', facts, verdict, outcome }
    const again = await judge(way, facts)
    passage.ended('decide')
    if (again.kind !== 'forward') return stopped(facts, again)
    if (tries === MAX_TRIES) return { kind: 'refused', code: 'GW_WITHDRAWN', facts, verdict: again }
    verdict = again
  }
}

/** Whether a message waited for a connection, and was no longer permitted beyond doubt when there was one. */
function isWithdrawn(outcome: PeerOutcome): boolean {
  return outcome.kind === 'failed' && outcome.code === 'GW_WITHDRAWN'
}

/** The end of a message that its caller may not send. */
function objected(way: Way, passage: Passage, facts: MessageFacts): Carried | undefined {
  const code = way.objectionTo?.(passage, facts)
  return code && { kind: 'refused', code, facts, verdict: undefined }
}

/** Asked of a message that waited for a connection: a flag may have been set meanwhile. False also when nobody knows yet. */
function isStillPermitted(way: Way, facts: MessageFacts): boolean {
  const verdict = judge(way, facts)
  return !(verdict instanceof Promise) && verdict.kind === 'forward'
}

async function carryLarge(
  way: Way,
  passage: Passage,
  intake: Intake,
  destinationOf: FindDestination,
): Promise<Carried> {
  const early = intake.factsSoFar
  if (!early) return { kind: 'refused', code: 'GW_HEAD_TOO_LARGE', ...NOTHING_KNOWN }
  const objection = objected(way, passage, early)
  if (objection) return objection
  const verdict = await judge(way, early)
  passage.ended('decide')
  return verdict.kind === 'forward'
    ? carryOn(way, passage, intake, destinationOf, early, verdict)
    : unlessFinal(await readOn(way, passage, intake), early, verdict)
}

/** What became of a message; of one that came to no final decision with what it said at its beginning, as last decided on. */
function unlessFinal(carried: Carried, facts: MessageFacts, verdict: Verdict): Carried {
  if (carried.kind === 'stopped' || carried.kind === 'sent' || carried.facts) return carried
  return { ...carried, facts, verdict }
}

/** Lets a large message go on the strength of its beginning, but for its end. One that was withdrawn is decided on again. */
async function carryOn(
  way: Way,
  passage: Passage,
  intake: Intake,
  destinationOf: FindDestination,
  early: MessageFacts,
  first: Permitting,
): Promise<Carried> {
  const destination = destinationOf(early)
  if (!destination) return { kind: 'refused', code: 'GW_NO_ROUTE', facts: early, verdict: first }
  const request = { ...requestTo(destination, way, passage), mayBegin: () => isStillPermitted(way, early) }
  const { contentLength } = passage.exchange.head
  const begin = ({ permit }: Permitting) => beginForward(permit, destination.peer, request, contentLength)
  let verdict = first
  let upload = begin(verdict)
  if (!(await upload.begun()) && isWithdrawn(await upload.outcome)) {
    passage.ended('peer')
    const again = await judge(way, early)
    passage.ended('decide')
    if (again.kind !== 'forward') return unlessFinal(await readOn(way, passage, intake), early, again)
    verdict = again
    upload = begin(verdict)
  }
  try {
    const arrival = await intake.stream(upload)
    passage.ended('hold')
    if (arrival.kind === 'unwanted')
      return { kind: 'sent', facts: early, verdict, outcome: await upload.outcome }
    const end = await decideAtEnd(way, passage, intake, arrival)
    if (end.kind !== 'permitted') return unlessFinal(end, early, verdict)
    way.sent.note(way.table(), end.facts, end.verdict, way.clock.now())
    const outcome = await finishForward(end.verdict.permit, upload, intake.takeKept())
    passage.ended('peer')
    return { kind: 'sent', facts: end.facts, verdict: end.verdict, outcome }
  } finally {
    upload.breakOff()
  }
}

/** A large message that is stopped at first sight is read to its end without being kept, and decided on there. */
async function readOn(way: Way, passage: Passage, intake: Intake): Promise<Carried> {
  const arrival = await intake.discard()
  passage.ended('hold')
  const end = await decideAtEnd(way, passage, intake, arrival)
  if (end.kind !== 'permitted') return end
  return { kind: 'refused', code: 'GW_VERDICT_CHANGED', facts: end.facts, verdict: end.verdict }
}

type Permitting = Extract<Verdict, { kind: 'forward' }>

interface Permitted {
  readonly kind: 'permitted'
  readonly facts: MessageFacts
  readonly verdict: Permitting
}

async function decideAtEnd(
  way: Way,
  passage: Passage,
  intake: Intake,
  arrival: Arrival,
): Promise<Carried | Permitted> {
  if (arrival.kind !== 'whole') return notWhole(arrival)
  const reading = intake.end()
  if (!reading.ok) return { kind: 'unreadable', fault: reading.fault, ...NOTHING_KNOWN }
  const objection = objected(way, passage, reading.facts)
  if (objection) return objection
  const verdict = await judge(way, reading.facts)
  tellDecided(way, passage.decision, reading.facts, verdict)
  passage.ended('decide')
  if (verdict.kind !== 'forward') return stopped(reading.facts, verdict)
  return { kind: 'permitted', facts: reading.facts, verdict }
}

function stopped(facts: MessageFacts, verdict: Exclude<Verdict, { kind: 'forward' }>): Carried {
  if (verdict.kind === 'refuse') return { kind: 'unreadable', fault: verdict.fault, facts, verdict }
  return { kind: 'stopped', facts, verdict }
}

const NOTHING_KNOWN: KnownSoFar = { facts: undefined, verdict: undefined }

function notWhole(arrival: Exclude<Arrival, { kind: 'whole' }>): Carried {
  switch (arrival.kind) {
    case 'unreadable':
      return { kind: 'unreadable', fault: arrival.fault, ...NOTHING_KNOWN }
    case 'refused':
      return { kind: 'refused', code: arrival.code, ...NOTHING_KNOWN }
    default:
      return { kind: 'gone', ...NOTHING_KNOWN }
  }
}

function requestTo(destination: Destination, way: Way, passage: Passage): PeerRequest {
  const { fields, connection } = passage.exchange.head
  return { target: destination.target, fields: carryFields(fields, connection, way.requestFields) }
}
