/**
 * One line of the decision journal as it is written: who, what, why and how a message ended; never a payload.
 *
 * `journal-line.ts` is the part of it that reports read again.
 */
import type { DeviceType } from '../device/device.ts'
import type { Direction, MessageFacts, MessageKind, PaymentMode } from '../duis/facts.ts'
import type { Alarm, Grounds, ObservedEvent, Verdict } from '../policy/verdict.ts'
import type { DecisionId } from './decision-id.ts'

/**
 * What became of a message.
 *
 * `forwarded`: the upstream has it and answered, whatever it answered. `rejected`, `withheld`, `refused`, `deferred`:
 * as the verdict of the same name. `upstream-failed`: the upstream did not take it. `client-gone`: the sender left
 * before its message was whole, and the upstream has no complete message.
 */
export type MessageOutcome =
  | 'forwarded'
  | 'rejected'
  | 'withheld'
  | 'refused'
  | 'deferred'
  | 'upstream-failed'
  | 'client-gone'

/** The document sent in place of a withheld message: acknowledged, not acknowledged, or impossible to write. */
export type Substitute = 'acknowledged' | 'failed' | 'impossible'

/** One line of the journal. Fields that do not apply are left out of the line. */
export interface JournalRecord {
  readonly decision: DecisionId
  /** When the message arrived, ISO 8601 in UTC. */
  readonly time: string
  readonly direction: Direction
  /** `message`, or `reply` for the DSP's synchronous reply to the message of the same decision. */
  readonly part: 'message' | 'reply'
  readonly kind: MessageKind | 'unreadable'
  readonly codes: readonly string[]
  /** The first sixteen; `deviceCount` has the number of all. */
  readonly devices: readonly string[]
  readonly deviceCount: number
  readonly user: string | undefined
  readonly requestId: string | undefined
  /** The sender's W3C Trace Context; absent where it has none that is well formed. */
  readonly traceparent?: string | undefined
  /** ResponseCode of a Response, and of the DSP's synchronous reply that a Service Request was passed. */
  readonly responseCode: string | undefined
  readonly replyCode: string | undefined
  /** Whether an answer holds anything beyond which request it answers. */
  readonly hasData: boolean | undefined
  /** Where SRV 1.6 would move the meter. */
  readonly paymentMode: PaymentMode | undefined
  /** The logs that SRV 6.13 or its answer may be about. */
  readonly logsToRead?: MessageFacts['logsToRead'] | undefined
  /** Device types that the message's own message codes settle, by the claimed code; absent where none does. */
  readonly deviceTypes: Readonly<Record<string, readonly DeviceType[]>> | undefined
  readonly verdict: Verdict['kind'] | undefined
  readonly rule: string | undefined
  /** Class of the row; absent when a default of the table decided. */
  readonly class: string | undefined
  readonly tableRevision: string | undefined
  readonly flag: Grounds['flag'] | undefined
  readonly flagDevice: string | undefined
  readonly flagVersion: number | undefined
  readonly flagAgeMs: number | undefined
  /** True when it passed for a Restricted Device because it was under way when the flag took effect. */
  readonly inFlight: true | undefined
  readonly events: readonly ObservedEvent[]
  readonly alarms: readonly Alarm[]
  readonly shadow: Grounds['shadow']
  /** What the table on trial would have done, where that is something else. */
  readonly trial?: Grounds['trial'] | undefined
  readonly bytes: number
  readonly outcome: MessageOutcome
  /** Code of the fault that was answered. */
  readonly fault: string | undefined
  readonly status: number | undefined
  readonly peerStatus: number | undefined
  readonly substitute: Substitute | undefined
  /** Milliseconds: in total, and taking the body in, deciding, waiting for the upstream. */
  readonly ms: Readonly<Record<'total' | 'hold' | 'decide' | 'peer', number>>
}
