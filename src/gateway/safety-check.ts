/**
 * A safety check of what became of messages: whether the two faults that must never happen did happen. A message that the list
 * blocks went on for a Restricted Device, or one that nothing blocks was stopped.
 *
 * It shares nothing with deciding but what the reader read. The list is read by `core/report/leak-check.ts`, row by row and
 * without `decide`; the flag is asked of the store itself, past cache, index and lease, up to a second later, and with it the
 * store's clock, from which it reckons back to the message by the monotonic clock: no wall clock of this machine. Every stopped
 * message is judged; of those that went on every one that the list can stop, up to `maxDevices` Devices in one question.
 *
 * It errs towards silence: a flag counts only if its change was applied here when the message arrived. What a change overtook,
 * or the store did not answer, is `unjudged`. The leak check of a month judges all of it again from journal and flag history.
 */
import { type DeviceRecord, instantOf, isRestricted } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import type { JournalRecord } from '../core/journal/journal-record.ts'
import type { Table } from '../core/policy/table.ts'
import type { Alarm } from '../core/policy/verdict.ts'
import {
  type DeviceThen,
  LeakCheck,
  type LeakFinding,
  wasLetThrough,
  wasStopped,
} from '../core/report/leak-check.ts'
import type { Clock } from '../observe/clock.ts'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import type { DeviceRecords, TimeOfStore } from '../store/store.ts'

/** The index of flags, which knows no inventory, has answered for most Devices: theirs is found out here. */
const UNLISTED = 'unlisted-device' satisfies Alarm

/** What the check asks of the store. */
export type SafetyRecords = Pick<DeviceRecords, 'load'> & TimeOfStore

export interface SafetyCheckOptions {
  /** The store itself. Absent: what went on is not judged. */
  readonly records: SafetyRecords | undefined
  readonly metrics: Metrics
  readonly log: Logger
  readonly clock: Clock
  /** Pause before the store is asked; 1,000 when absent. */
  readonly everyMs?: number
  /** Devices in one question; 256 when absent. Messages beyond them are not sampled. */
  readonly maxDevices?: number
}

/** What a look takes of a record, and the record itself for what is kept. */
export type Recorded = { readonly record: JournalRecord } & Pick<
  JournalRecord,
  'direction' | 'kind' | 'codes' | 'verdict' | 'outcome' | 'tableRevision' | 'alarms'
>

/** A message that has been handled. */
export interface Looked {
  readonly recorded: Recorded
  readonly facts: MessageFacts
  /** Monotonic time at which it arrived. */
  readonly arrivedAtMs: number
  /** Number of the last flag change that was applied here when it arrived. */
  readonly applied: number
}

interface Waiting extends Pick<Looked, 'arrivedAtMs' | 'applied'> {
  readonly record: JournalRecord
  /** Its Devices, in the record's order, as far as they are asked about. */
  readonly devices: readonly DeviceKey[]
  /** Parties among them, which no inventory has. */
  readonly parties: readonly (DeviceKey | undefined)[]
  readonly check: LeakCheck
  /** Monotonic time at which it was over: a flag that had ended by then may have ended before the decision. */
  readonly overAtMs: number
}

/** What the store said. */
interface Answer {
  readonly records: ReadonlyMap<DeviceKey, DeviceRecord>
  /** Added to a monotonic time: what the store's clock showed then, at least and at most. */
  readonly leastOffsetMs: number
  readonly mostOffsetMs: number
}

const RESULTS = {
  clean: ['clean'],
  fault: ['fault'],
  unjudged: ['unjudged'],
  skipped: ['not-sampled'],
} as const

export class SafetyCheck {
  readonly #options: SafetyCheckOptions
  readonly #maxDevices: number
  readonly #checks = new WeakMap<Table, LeakCheck>()
  #waiting: Waiting[] = []
  #devices = 0
  #timer: NodeJS.Timeout | undefined
  #asking: Promise<void> = Promise.resolve()

  constructor(options: SafetyCheckOptions) {
    this.#options = options
    this.#maxDevices = options.maxDevices ?? 256
  }

  /** Judges the message, or has it judged soon; `table` is the one in force. Never throws, never waits. */
  look(looked: Looked, table: Table): void {
    const { recorded } = looked
    const isThrough = wasLetThrough(recorded)
    if (!isThrough && !wasStopped(recorded)) return
    if (recorded.tableRevision !== table.revision) return this.#count('unjudged')
    const check = this.#checkOf(table)
    if (!isThrough) this.#note(check.stopped(recorded), recorded)
    else if (check.canBeStopped(recorded)) this.#keep(looked, check)
    else this.#count('clean')
  }

  /** Judges what waits; settles when it is done. */
  settle(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#asking = this.#asking.then(() => this.#askAndJudge())
    return this.#asking
  }

  #checkOf(table: Table): LeakCheck {
    const known = this.#checks.get(table)
    if (known) return known
    const { rows, defaults, deliverInFlightMs } = table
    const inFlight = deliverInFlightMs > 0 ? 'deliver' : 'withhold'
    const check = new LeakCheck({ rows, defaults, inFlight })
    this.#checks.set(table, check)
    return check
  }

  #keep({ recorded, facts, arrivedAtMs, applied }: Looked, check: LeakCheck): void {
    const { records, clock, everyMs = 1_000 } = this.#options
    if (!records || this.#devices >= this.#maxDevices) return this.#count('skipped')
    const devices = facts.devices.slice(0, this.#maxDevices - this.#devices)
    const parties = [facts.user, facts.gbcs?.party]
    this.#devices += devices.length
    const overAtMs = clock.monotonicMs()
    const { record } = recorded
    this.#waiting.push({ record, devices, parties, check, arrivedAtMs, applied, overAtMs })
    this.#timer ??= setTimeout(() => void this.settle(), everyMs).unref()
  }

  async #askAndJudge(): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    this.#devices = 0
    if (waiting.length === 0) return
    const answer = await this.#answerAbout(waiting.flatMap(({ devices }) => devices))
    for (const one of waiting) {
      if (!answer) this.#count('unjudged')
      else this.#judge(one, answer)
    }
  }

  #judge(one: Waiting, answer: Answer): void {
    this.#note(findingOf(one, answer), one)
    if (one.record.alarms.includes(UNLISTED) || !hasUnlisted(one, answer.records)) return
    this.#options.metrics.count('duisgate_alarms_total', [UNLISTED])
  }

  /** Undefined when the store does not answer: others say so. */
  async #answerAbout(keys: readonly DeviceKey[]): Promise<Answer | undefined> {
    const { clock, records: store } = this.#options
    if (!store) return undefined
    try {
      const sentAtMs = clock.monotonicMs()
      const shown = await store.now()
      // It shows whole milliseconds.
      const offsets = { leastOffsetMs: shown - 1 - clock.monotonicMs(), mostOffsetMs: shown + 1 - sentAtMs }
      const records = await store.load([...new Set(keys)])
      return { records: new Map(records.map((record) => [record.key, record])), ...offsets }
    } catch {
      return undefined
    }
  }

  #note(finding: LeakFinding, recorded: Pick<Recorded, 'record'>): void {
    this.#count(finding.kind)
    if (finding.kind !== 'fault') return
    const { decision, direction, verdict, rule } = recorded.record
    const { fault, code } = finding
    const { metrics, log } = this.#options
    if (fault === 'let-through-while-restricted') metrics.count('duisgate_restricted_but_forwarded_total')
    else metrics.count('duisgate_never_block_but_stopped_total')
    log.fatal({ decision, direction, verdict, rule, code }, `safety: ${fault}`)
  }

  #count(result: keyof typeof RESULTS): void {
    this.#options.metrics.count('duisgate_safety_checks_total', RESULTS[result])
  }
}

function hasUnlisted({ devices, parties }: Waiting, records: ReadonlyMap<DeviceKey, DeviceRecord>): boolean {
  return devices.some((key) => {
    const record = records.get(key)
    return record?.isUnlisted === true && record.restriction === undefined && !parties.includes(key)
  })
}

function findingOf(waiting: Waiting, answer: Answer): LeakFinding {
  const { records } = answer
  const devices = waiting.devices.map((key) => thenOf(waiting, key, answer))
  const finding = waiting.check.letThrough(waiting.record, devices)
  const isOvertaken = waiting.devices.some((key) => (records.get(key)?.version ?? 0) > waiting.applied)
  return finding.kind === 'clean' && isOvertaken ? { kind: 'unjudged', why: 'flag-changed-since' } : finding
}

function thenOf(
  { arrivedAtMs, overAtMs, applied }: Waiting,
  key: DeviceKey,
  { records, leastOffsetMs, mostOffsetMs }: Answer,
): DeviceThen {
  const record = records.get(key)
  const isEnforced =
    record !== undefined &&
    record.version <= applied &&
    isRestricted(record, instantOf(arrivedAtMs + leastOffsetMs)) &&
    isRestricted(record, instantOf(overAtMs + mostOffsetMs))
  return { id: formatEui64(key), type: record?.type, isEnforced }
}
