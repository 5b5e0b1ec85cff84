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

/** What the gateway asks of the flag cache: one reading per key, in the order asked, never a throw. */
export interface Flags {
  read(keys: readonly DeviceKey[], now: Instant): readonly FlagReading[] | Promise<readonly FlagReading[]>
}

export interface Judge {
  /** The table in force, asked anew for each message: it may be swapped at any time. */
  readonly table: () => Table
  readonly flags: Flags
  readonly clock: Clock
}

export async function judge(bench: Judge, facts: MessageFacts): Promise<Verdict> {
  const table = bench.table()
  if (!needsFlags(table, facts)) return decide(table, facts, [], bench.clock.now())
  const readings = await readFlags(bench, facts.devices)
  return decide(table, facts, readings, bench.clock.now())
}

/** Devices looked up in one turn of the event loop: a slice stays well under 5 ms at 1 µs a Device. */
const SLICE = 2_048

async function readFlags(
  { flags, clock }: Judge,
  keys: readonly DeviceKey[],
): Promise<readonly FlagReading[]> {
  if (keys.length <= SLICE) return flags.read(keys, clock.now())
  const readings: FlagReading[] = []
  for (let from = 0; from < keys.length; from += SLICE) {
    readings.push(...(await flags.read(keys.slice(from, from + SLICE), clock.now())))
    await nextTurn()
  }
  return readings
}
