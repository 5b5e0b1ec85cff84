/**
 * Looking up the flags of a message's Devices and deciding on it. Nothing here knows where flags come from; a flag
 * that cannot be had is `unknown`, and what follows from that is a row of the table.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { FlagReading, Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import { decide, needsFlags } from '../core/policy/decide.ts'
import type { Table } from '../core/policy/table.ts'
import type { Verdict } from '../core/policy/verdict.ts'
import type { Clock } from '../observe/clock.ts'
import type { SentRequests } from './sent-requests.ts'

/** What the gateway asks of the flag cache: one reading per key, in the order asked, never a throw. */
export interface Flags {
  read(keys: readonly DeviceKey[], now: Instant): readonly FlagReading[] | Promise<readonly FlagReading[]>
}

export interface Judge {
  /** The table in force, asked anew for each message: it may be swapped at any time. */
  readonly table: () => Table
  readonly flags: Flags
  readonly clock: Clock
  /** Requests forwarded lately, for a table that delivers what was under way. */
  readonly sent: SentRequests
}

/** A verdict at once when no flag has to be waited for. */
export function judge(bench: Judge, facts: MessageFacts): Verdict | Promise<Verdict> {
  const table = bench.table()
  const now = bench.clock.now()
  if (!needsFlags(table, facts)) return decide(table, facts, NO_READINGS, now)
  const { devices } = facts
  if (devices.length > SLICE) return decideInSlices(bench, table, facts)
  const readings = bench.flags.read(devices, now)
  if (readings instanceof Promise) return decideLater(bench, table, facts, readings)
  return decide(table, facts, readings, now, bench.sent.sentAt(table, facts))
}

const NO_READINGS: readonly FlagReading[] = []

/**
 * Decides when the look-up is done. By then a flag may have begun or been set, so what the look-up made resident is read
 * once more; its own readings count only where the store could not tell.
 */
async function decideLater(
  { flags, clock, sent }: Judge,
  table: Table,
  facts: MessageFacts,
  lookUp: Promise<readonly FlagReading[]>,
): Promise<Verdict> {
  const found = await lookUp
  const now = clock.now()
  const readings = flags.read(facts.devices, now)
  return decide(table, facts, readings instanceof Promise ? found : readings, now, sent.sentAt(table, facts))
}

/** Devices looked up in one turn of the event loop: a slice stays well under 5 ms at 1 µs a Device. */
const SLICE = 2_048

/** Looks all Devices up first, which may take as long as the store does, and then reads them in one go of slices. */
async function decideInSlices(bench: Judge, table: Table, facts: MessageFacts): Promise<Verdict> {
  await readInSlices(bench, facts.devices)
  const readings = await readInSlices(bench, facts.devices)
  return decide(table, facts, readings, bench.clock.now(), bench.sent.sentAt(table, facts))
}

async function readInSlices(
  { flags, clock }: Judge,
  keys: readonly DeviceKey[],
): Promise<readonly FlagReading[]> {
  const readings: FlagReading[] = []
  for (let from = 0; from < keys.length; from += SLICE) {
    readings.push(...(await flags.read(keys.slice(from, from + SLICE), clock.now())))
    await nextTurn()
  }
  return readings
}
