/**
 * The values in the slots of a skeleton, read by the functions that the reader reads them by, and the facts that they make
 * together with what the skeleton says.
 */
import { ElementValues, type ValuePlace } from '../duis/element-values.ts'
import type { GbcsFacts, MessageFacts } from '../duis/facts.ts'
import { FactsBuilder } from '../duis/facts-builder.ts'
import type { ReadingPlan } from '../duis/reading-plan.ts'
import type { ByteSource } from '../duis/xml-window.ts'
import type { Spans } from './comparer.ts'
import type { KnownFacts, Skeleton, ValueSlot } from './skeleton.ts'

const NO_ATTRIBUTES: ValuePlace['content'] = { attribute: () => undefined }

/** Notes that a value broke a limit; attributes are not asked for, because they are the skeleton's. */
class SlotPlace implements ValuePlace {
  isBroken = false
  readonly content = NO_ATTRIBUTES

  failHere(): void {
    this.isBroken = true
  }
}

/** The facts of a message that fits the skeleton; undefined when one of its values is not what the reader takes there. */
export function factsOf(
  plan: ReadingPlan,
  skeleton: Skeleton,
  source: ByteSource,
  spans: Spans,
): MessageFacts | undefined {
  const builder = new FactsBuilder(plan)
  const place = new SlotPlace()
  const values = new ElementValues(plan, builder, place)
  for (const slot of skeleton.values) {
    values.clear()
    values.add(slot.use, source, spans[slot.index * 2] as number, spans[slot.index * 2 + 1] as number)
    if (!takeSlot(builder, values, slot) || place.isBroken) return undefined
  }
  return mixed(skeleton.known, builder)
}

function takeSlot(
  builder: FactsBuilder,
  values: ElementValues,
  { node, use, messageCode }: ValueSlot,
): boolean {
  if (use.as !== 'gbcs') return values.take(node, use) === undefined
  const gbcs = values.payload.end()
  if (!gbcs || gbcs.messageCode !== messageCode) return false
  builder.takeGbcsIds(gbcs)
  return true
}

/** The header of the payload at [start, end). */
export function payloadAt(
  plan: ReadingPlan,
  { use }: ValueSlot,
  source: ByteSource,
  start: number,
  end: number,
): GbcsFacts | undefined {
  const values = new ElementValues(plan, new FactsBuilder(plan), new SlotPlace())
  values.add(use, source, start, end)
  return values.payload.end()
}

const NO_HOME = { swapped: {}, meterPoint: undefined }

/** What both messages say, which is all that decides a kind, and what only this one says. */
function mixed(known: KnownFacts, own: FactsBuilder): MessageFacts {
  return {
    direction: known.direction,
    kind: known.kind,
    schemaVersion: known.schemaVersion,
    claims: known.claims,
    devices: own.devices,
    namesDevice: own.namesDevice,
    user: own.user,
    requestId: own.requestId,
    responseId: own.responseId,
    serviceReference: known.serviceReference,
    serviceReferenceVariant: known.serviceReferenceVariant,
    commandVariant: known.commandVariant,
    responseCode: known.responseCode,
    hasData: known.hasData,
    isScheduled: known.isScheduled,
    isScheduleNumber: known.isScheduleNumber,
    scheduleId: own.scheduleId,
    scheduleEndDate: own.scheduleEndDate,
    executionDateTime: own.executionDateTime,
    hasUnknownField: known.hasUnknownField,
    dccAlertPayloads: known.dccAlertPayloads,
    home: known.isRemoval === undefined ? undefined : { ...NO_HOME, ...own.home, isRemoval: known.isRemoval },
    isLaterBody: known.isLaterBody,
    faultUnlessSafe: known.faultUnlessSafe,
    paymentMode: known.paymentMode,
    logsToRead: known.logsToRead,
    gbcs: own.gbcs,
    useCases: known.useCases,
    notUnderstood: known.notUnderstood,
  }
}
