/**
 * Looking up the flags of a message's Devices and deciding on it. Nothing here knows where flags come from; a flag
 * that cannot be had is `unknown`, and what follows from that is a row of the table.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FlagReading, Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import { decide, needsFlags, type ShadowVerdict, shadowVerdict } from '../core/policy/decide.ts'
import type { Table } from '../core/policy/table.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Clock } from '../observe/clock.ts'
import type { SwapWatch } from './observed-events.ts'
import type { SentRequests } from './sent-requests.ts'

/** What the gateway asks of the flag cache: one reading per key, in the order asked, never a throw. */
export interface Flags {
  read(keys: readonly DeviceKey[], now: Instant): readonly FlagReading[] | Promise<readonly FlagReading[]>
  /** Grows whenever something that was read may have changed: while it stays, readings fit together. */
  readonly generation: number
  /** What is known of all of them without asking anybody; undefined when that is not enough. Absent: nothing ever is. */
  atHand?(keys: readonly DeviceKey[], now: Instant): readonly FlagReading[] | undefined
}

export interface DecisionContext {
  /** The table in force, asked anew for each message: it may be swapped at any time. */
  readonly table: () => Table
  /** The table on trial beside it; undefined when there is none. */
  readonly shadow: () => Table | undefined
  readonly flags: Flags
  readonly clock: Clock
  /** Told of what was decided, before the message goes on; absent: nobody is. */
  readonly swaps?: SwapWatch | undefined
  /** Requests forwarded lately, for a table that delivers what was under way. */
  readonly sent: SentRequests
}

/** A verdict at once when no flag has to be waited for. */
export function judge(context: DecisionContext, facts: MessageFacts): Verdict | Promise<Verdict> {
  const table = context.table()
  const now = context.clock.now()
  if (!needsFlags(table, facts)) return decideOn(context, table, facts, undefined, now)
  const { devices } = facts
  if (devices.length > SLICE) return decideInSlices(context, table, facts)
  const readings = context.flags.read(devices, now)
  if (readings instanceof Promise) return decideLater(context, table, facts, readings)
  return decideOn(context, table, facts, readings, now)
}

const NO_READINGS: readonly FlagReading[] = []

/** Decides by the table in force, and where one is on trial by that as well. `readings`: undefined when none are needed. */
function decideOn(
  context: DecisionContext,
  table: Table,
  facts: MessageFacts,
  readings: readonly FlagReading[] | undefined,
  now: Instant,
): Verdict {
  const requestedAt = readings && context.sent.sentAt(table, facts)
  const verdict = decide(table, facts, readings ?? NO_READINGS, now, requestedAt)
  const shadow = context.shadow()
  if (shadow === undefined || verdict.kind === 'refuse') return verdict
  return { ...verdict, trial: tryOut(context, shadow, facts, readings, now, requestedAt) }
}

/** What the table on trial says. Whatever goes wrong in here is its affair alone: no message may fail because of it. */
function tryOut(
  { flags }: DecisionContext,
  shadow: Table,
  facts: MessageFacts,
  readings: readonly FlagReading[] | undefined,
  now: Instant,
  requestedAt: Instant | undefined,
): ShadowVerdict {
  try {
    const known = readings ?? readingsAtHand(flags, facts, now)
    return shadowVerdict(shadow, facts, known, now, requestedAt)
  } catch {
    return { tableRevision: shadow.revision, kind: 'undecided', rule: undefined }
  }
}

/** No message waits for the sake of a trial, so what is not at hand stays unknown to it. */
function readingsAtHand(flags: Flags, { devices }: MessageFacts, now: Instant) {
  return devices.length > SLICE ? undefined : flags.atHand?.(devices, now)
}

/**
 * Decides when the look-up is done. By then a flag may have begun or been set, so what the look-up made resident is read
 * once more; its own readings count only where the store could not tell.
 */
async function decideLater(
  context: DecisionContext,
  table: Table,
  facts: MessageFacts,
  lookUp: Promise<readonly FlagReading[]>,
): Promise<Verdict> {
  const found = await lookUp
  const now = context.clock.now()
  const readings = context.flags.read(facts.devices, now)
  return decideOn(context, table, facts, readings instanceof Promise ? found : readings, now)
}

/** Devices looked up in one turn of the event loop: a slice stays well under 5 ms at 1 µs a Device. */
const SLICE = 2_048

/** Times that many Devices are read in slices; then all in one go, whatever that costs the others. */
const MAX_LOOKS = 3

/** A look that took longer is none: the process may have been paused, past what the store waits for. Half of the lease as it is by itself. */
const MAX_LOOK_MS = 1_000

/**
 * Decides on readings that fit together: taken while no flag changed, and none of them long before the last. A look that had
 * to wait for the store, or that a change overtook, only makes records resident for the next.
 */
async function decideInSlices(context: DecisionContext, table: Table, facts: MessageFacts): Promise<Verdict> {
  const { flags, clock } = context
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    const { generation } = flags
    const beganAtMs = clock.monotonicMs()
    const { readings, hasWaited } = await readInSlices(context, facts.devices)
    const isQuick = clock.monotonicMs() - beganAtMs <= MAX_LOOK_MS
    if (!hasWaited && isQuick && flags.generation === generation)
      return decideOn(context, table, facts, readings, clock.now())
  }
  const readings = await flags.read(facts.devices, clock.now())
  return decideOn(context, table, facts, readings, clock.now())
}

interface SlicedReadings {
  readonly readings: readonly FlagReading[]
  /** Whether some of it came from the store, while time passed. */
  readonly hasWaited: boolean
}

async function readInSlices(
  { flags, clock }: DecisionContext,
  keys: readonly DeviceKey[],
): Promise<SlicedReadings> {
  const readings: FlagReading[] = []
  let hasWaited = false
  for (let from = 0; from < keys.length; from += SLICE) {
    const slice = flags.read(keys.slice(from, from + SLICE), clock.now())
    hasWaited ||= slice instanceof Promise
    readings.push(...(await slice))
    await nextTurn()
  }
  return { readings, hasWaited }
}

/** Reports a decision that a message goes by, before anything of it goes on. */
export function reportDecision(
  { swaps }: DecisionContext,
  decision: string,
  facts: MessageFacts,
  verdict: Verdict,
): void {
  if (verdict.kind !== 'refuse') swaps?.decided(decision, facts, verdict.events)
}
