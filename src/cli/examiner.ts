/**
 * Decides on messages offline, with the reader, the table and `decide` that the gateway uses.
 *
 * `explain` shows what it finds, `replay` counts it. Flags come from the command line in place of the store.
 */
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { DeviceType, FlagReading, Instant } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import type { Direction, MessageFacts } from '../core/duis/facts.ts'
import type { ReadFault } from '../core/duis/fault.ts'
import { DuisReader, type ReadingPlan, type ReadResult, readingPlan } from '../core/duis/reader.ts'
import { decide } from '../core/policy/decide.ts'
import type { Table } from '../core/policy/table.ts'
import type { Verdict } from '../core/policy/verdict.ts'

/** A message that was read and decided on, or could not be read. */
export type Examination =
  | {
      readonly direction: Direction
      readonly facts: MessageFacts
      readonly verdict: Exclude<Verdict, { kind: 'refuse' }>
    }
  | {
      readonly direction: Direction
      readonly facts: undefined
      readonly verdict: { readonly kind: 'refuse'; readonly fault: ReadFault }
    }

/** The Restricted flags to suppose. Every Device not named is clear. */
export interface SupposedFlags {
  readonly restricted: ReadonlySet<DeviceKey>
  readonly types: ReadonlyMap<DeviceKey, DeviceType>
}

export interface ExaminerOptions {
  readonly catalogue: Catalogue
  readonly dccEuis: readonly DeviceKey[]
  readonly flags: SupposedFlags
  /** Absent: the direction is the one whose root element the message has. */
  readonly direction?: Direction | undefined
}

/** What was read, and which listener it is for. */
export interface Reading {
  readonly direction: Direction
  readonly result: ReadResult
}

/** Reads messages and decides on them under any table. */
export class Examiner {
  readonly #plans: readonly ReadingPlan[]
  readonly #flags: SupposedFlags

  constructor({ catalogue, dccEuis, flags, direction }: ExaminerOptions) {
    const directions = direction ? [direction] : (['southbound', 'northbound'] as const)
    this.#plans = directions.map((each) => readingPlan({ direction: each, catalogue, dccEuis }))
    this.#flags = flags
  }

  /** Reads one message whole, without keeping its bytes. */
  async read(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Reading> {
    const readers = this.#plans.map((plan) => ({ direction: plan.direction, reader: new DuisReader(plan) }))
    for await (const chunk of chunks) {
      const goingOn = readers.map(({ reader }) => reader.write(chunk))
      if (!goingOn.includes(true)) break
    }
    return likeliest(readers.map(({ direction, reader }) => ({ direction, result: reader.end() })))
  }

  /** Decides on what was read. */
  decide({ direction, result }: Reading, table: Table, now: Instant): Examination {
    if (!result.ok) return { direction, facts: undefined, verdict: { kind: 'refuse', fault: result.fault } }
    const { facts } = result
    const verdict = decide(
      table,
      facts,
      facts.devices.map((key) => this.#flagOf(key)),
      now,
    )
    if (verdict.kind === 'refuse') return { direction, facts: undefined, verdict }
    return { direction, facts, verdict }
  }

  #flagOf(key: DeviceKey): FlagReading {
    const state = this.#flags.restricted.has(key) ? 'restricted' : 'clear'
    return { state, type: this.#flags.types.get(key), version: 0, ageMs: 0, isStale: false }
  }
}

/** The reading that went well, else the one that at least knew its root element, else the first. */
function likeliest(readings: readonly Reading[]): Reading {
  const found =
    readings.find(({ result }) => result.ok) ??
    readings.find(({ result }) => !result.ok && result.fault.code !== 'DUIS_ROOT') ??
    readings[0]
  if (!found) throw new Error('an examiner reads in one direction at least')
  return found
}
