/**
 * One line of the decision journal as reports read it. A line that a crash cut short, or that is no record at all, reads as
 * undefined: it is counted, and never stops a report.
 */
import { type Instant, instantOf } from '../device/device.ts'

/** What reports use of a record; docs/life-of-a-message.md has all of it. Fields that do not apply are absent. */
export interface JournalLine {
  readonly decision: string
  /** ISO 8601 in UTC. */
  readonly time: string
  readonly direction: 'southbound' | 'northbound'
  readonly part: 'message' | 'reply'
  readonly kind: string
  readonly codes: readonly string[]
  /** The first sixteen Device IDs of `deviceCount`. */
  readonly devices: readonly string[]
  readonly deviceCount: number
  readonly user?: string | undefined
  readonly requestId?: string | undefined
  readonly verdict?: string | undefined
  /** The row or default that decided. */
  readonly rule?: string | undefined
  readonly class?: string | undefined
  readonly tableRevision?: string | undefined
  readonly flag?: string | undefined
  readonly flagDevice?: string | undefined
  readonly outcome: string
  readonly peerStatus?: number | undefined
  readonly responseCode?: string | undefined
  readonly replyCode?: string | undefined
  /** Answers only. */
  readonly hasData?: boolean | undefined
  readonly alarms?: readonly string[] | undefined
  /** SRV 1.6 only. */
  readonly paymentMode?: string | undefined
  /** SRV 6.13 only: the logs it may be about, and `unreadable` for one that cannot be told. */
  readonly logsToRead?: readonly string[] | undefined
  /** Device types that message codes of the message settle, by the claimed code. */
  readonly deviceTypes?: Readonly<Record<string, readonly string[]>> | undefined
  /** True of an answer that was under way when the flag took effect, and was delivered for that reason. */
  readonly inFlight?: boolean | undefined
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

/** Reads one line, without its line end; undefined when it is no whole record. */
export function readLine(text: string): JournalLine | undefined {
  let value: Partial<JournalLine> | null
  try {
    value = JSON.parse(text) as Partial<JournalLine> | null
  } catch {
    return undefined
  }
  return isRecord(value) ? value : undefined
}

function isRecord(value: Partial<JournalLine> | null): value is JournalLine {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof value.decision === 'string' &&
    typeof value.time === 'string' &&
    TIME.test(value.time) &&
    typeof value.outcome === 'string' &&
    Array.isArray(value.codes) &&
    Array.isArray(value.devices)
  )
}

/** When the message arrived. */
export function arrivalOf({ time }: JournalLine): Instant {
  return instantOf(Date.parse(time))
}

/** The month it is counted in, `2026-10`. */
export function monthNameOf({ time }: JournalLine): string {
  return time.slice(0, 7)
}
