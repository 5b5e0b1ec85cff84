/**
 * Learning a skeleton from a message that the strict reader has accepted whole, in one piece. It is read again by the same
 * reader, and watched while it is.
 *
 * Not learned is whatever is not plain (comments, CDATA, instructions, references, single quotes, bytes beyond ASCII), whatever
 * the reader did not understand, and whatever says more than its markup and single values do: lists of Devices, elements that
 * no known version has.
 */
import { isAscii } from 'node:buffer'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { ElementValues, isList } from '../duis/element-values.ts'
import type { Claim, MessageFacts } from '../duis/facts.ts'
import type { PathNode, ValueUse } from '../duis/path-node.ts'
import { DuisReader } from '../duis/reader.ts'
import type { ReadingPlan } from '../duis/reading-plan.ts'
import { DOUBLE_QUOTE, GT, LT } from '../duis/xml-characters.ts'
import { type ByteSource, isSpace, viewOf } from '../duis/xml-window.ts'
import type { Comparer } from './comparer.ts'
import { isInKey, type KeyPlace, keyPlaceOf } from './markup-key.ts'
import { differingFacts } from './same-facts.ts'
import { type KnownFacts, MAX_SLOTS, type Skeleton, skeletonOf, type ValueSlot } from './skeleton.ts'
import { factsOf, payloadAt } from './slot-values.ts'

/** A longer message is not learned. */
const MAX_LEARNED_BYTES = 32_768

/** Values that differ from message to message and decide no kind. Any other value stays in the skeleton as it is. */
const OWN_VALUES: ReadonlySet<ValueUse['as']> = new Set([
  'request-id',
  'response-id',
  'execution-date-time',
  'schedule-id',
  'schedule-end-date',
  'meter-point',
  'devices',
  'gbcs',
])

/** Those of which a message may name several. */
const REPEATED: ReadonlySet<ValueUse['as']> = new Set(['devices', 'gbcs'])

/** The skeleton of the message, which the comparer then holds; undefined when it is not learned. */
export function learn(plan: ReadingPlan, bytes: Buffer, comparer: Comparer): Skeleton | undefined {
  const source = { bytes, view: viewOf(bytes) }
  if (bytes.length > MAX_LEARNED_BYTES || !isPlain(bytes) || !comparer.hold(bytes)) return undefined
  const place = keyPlaceOf(comparer, plan.direction)
  if (!place) return undefined
  const watched = watch(plan, bytes)
  if (!watched || !isUnderstood(plan.catalogue, watched.facts) || !areSingle(watched.values)) return undefined
  const skeleton = cutOut(plan, source, place, watched)
  if (!skeleton) return undefined
  const isWhole = comparer.fittingLength(skeleton) === bytes.length
  const again = isWhole ? factsOf(plan, skeleton, source, comparer.spans) : undefined
  return again && differingFacts(again, watched.facts).length === 0 ? skeleton : undefined
}

const NOT_PLAIN = ['&', "'", '<!']

function isPlain(bytes: Buffer): boolean {
  return isAscii(bytes) && !NOT_PLAIN.some((mark) => bytes.includes(mark)) && bytes.lastIndexOf('<?') <= 0
}

// --- the message read again --------------------------------------------------------------------------------------

/** A value that the reader took, and where its text stands; `end` is -1 where there is none. */
interface TakenValue {
  readonly node: PathNode
  readonly use: ValueUse
  readonly start: number
  readonly end: number
}

interface Watched {
  readonly facts: MessageFacts
  readonly values: readonly TakenValue[]
}

/** Values as the reader takes them, and where in the message they stand. */
class WatchedValues extends ElementValues {
  readonly taken: TakenValue[] = []
  /** A value came in more than one piece. */
  isParted = false
  #start = -1
  #end = -1

  override clear(): void {
    super.clear()
    this.#end = -1
  }

  override add(use: ValueUse, source: ByteSource, start: number, end: number): void {
    if (this.#end >= 0) this.isParted = true
    this.#start = start
    this.#end = end
    super.add(use, source, start, end)
  }

  override take(node: PathNode, use: ValueUse): string | undefined {
    this.taken.push({ node, use, start: this.#start, end: this.#end })
    return super.take(node, use)
  }
}

function watch(plan: ReadingPlan, bytes: Buffer): Watched | undefined {
  let watched: WatchedValues | undefined
  const reader = new DuisReader(plan, (...given) => {
    watched = new WatchedValues(...given)
    return watched
  })
  reader.write(bytes)
  const reading = reader.end()
  if (!reading.ok || !watched || watched.isParted) return undefined
  return { facts: freeze(reading.facts), values: watched.taken }
}

/** All messages of a skeleton share what it says, so nobody may alter it. */
function freeze(facts: MessageFacts): MessageFacts {
  for (const claim of facts.claims) Object.freeze(claim)
  for (const list of [
    facts.claims,
    facts.dccAlertPayloads,
    facts.logsToRead,
    facts.useCases,
    facts.notUnderstood,
  ])
    Object.freeze(list)
  return facts
}

// --- what is learned ---------------------------------------------------------------------------------------------

function isUnderstood(catalogue: Catalogue, facts: MessageFacts): boolean {
  return (
    facts.notUnderstood.length === 0 &&
    !facts.hasUnknownField &&
    !facts.isLaterBody &&
    facts.faultUnlessSafe === undefined &&
    facts.paymentMode !== 'unreadable' &&
    !facts.logsToRead.includes('unreadable') &&
    facts.claims.every((claim) => isKnown(catalogue, claim))
  )
}

function isKnown(catalogue: Catalogue, claim: Claim): boolean {
  switch (claim.type) {
    case 'srv':
      return catalogue.bySrv.has(claim.srv)
    case 'alert':
      return catalogue.alerts.has(claim.code)
    case 'dcc-alert':
      return catalogue.dccAlerts.has(claim.code)
    case 'element':
      return false
  }
}

/** Whether each value of its own has text, and stands once where a message has one of it; and none is a list. */
function areSingle(values: readonly TakenValue[]): boolean {
  const seen = new Set<ValueUse['as']>()
  return values.every(({ use, end }) => {
    if (use.as === 'devices' && isList(use.forms)) return false
    if (!OWN_VALUES.has(use.as)) return true
    if (end < 0 || (seen.has(use.as) && !REPEATED.has(use.as))) return false
    seen.add(use.as)
    return true
  })
}

/** The skeleton: every text that is not blank becomes a slot, unless the reader took it as a value that must stay. */
function cutOut(
  plan: ReadingPlan,
  source: ByteSource,
  place: KeyPlace,
  { facts, values }: Watched,
): Skeleton | undefined {
  const { bytes } = source
  const taken = new Map(values.filter(({ end }) => end >= 0).map((value) => [value.start, value]))
  const pieces: Buffer[] = []
  const slots: ValueSlot[] = []
  let from = 0
  for (const { start, end } of textsIn(bytes)) {
    const value = taken.get(start)
    taken.delete(start)
    if (value && value.end !== end) return undefined
    if (value ? !OWN_VALUES.has(value.use.as) : isBlank(bytes, start, end)) continue
    if (pieces.length === MAX_SLOTS || isInKey(place, start, end)) return undefined
    if (value) slots.push(slotOf(plan, source, value, pieces.length))
    pieces.push(bytes.subarray(from, start))
    from = end
  }
  pieces.push(bytes.subarray(from))
  return taken.size === 0 ? skeletonOf(pieces, slots, knownOf(facts)) : undefined
}

/** What the message says by its markup; its own values are let go. */
function knownOf(facts: MessageFacts): KnownFacts {
  const { devices, namesDevice, user, requestId, responseId, home, gbcs, ...rest } = facts
  const { scheduleId, scheduleEndDate, executionDateTime, ...known } = rest
  return { ...known, isRemoval: home?.isRemoval }
}

function slotOf(plan: ReadingPlan, source: ByteSource, value: TakenValue, index: number): ValueSlot {
  const { node, use, start, end } = value
  const slot = { index, node, use, messageCode: undefined }
  if (use.as !== 'gbcs') return slot
  return { ...slot, messageCode: payloadAt(plan, slot, source, start, end)?.messageCode }
}

/** The text between each tag and the next. A tag ends at the first `>` outside its quotes. */
function* textsIn(bytes: Buffer): Generator<{ readonly start: number; readonly end: number }> {
  let isQuoted = false
  let isTag = false
  let start = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isTag && byte === DOUBLE_QUOTE) isQuoted = !isQuoted
    else if (isTag && !isQuoted && byte === GT) {
      isTag = false
      start = at + 1
    } else if (!isTag && byte === LT) {
      if (at > start) yield { start, end: at }
      isTag = true
    }
  }
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isSpace(bytes[at])) return false
  return true
}
