/**
 * What became of a message, as reports count it: one fate for each line of the journal, and the keys it is counted under.
 *
 * A Service Request and its answer are two messages and have a line each. Success and failure are what the answer's
 * ResponseCode says (DUIS: `I0` success, `I99` acknowledged, `W…` done with a warning, `E…` error).
 */

import type { DeviceKey } from '../duis/eui64.ts'
import type { JournalLine } from '../journal/journal-line.ts'
import type { Placement } from './placement.ts'

export type Fate =
  /** A Service Request that the DSP took. */
  | 'sent'
  /** A Service Request that the DSP took and answered at once with success. */
  | 'done'
  /** A Service Request that the DSP answered at once with an error. */
  | 'turned-down'
  /** An answer that says success, delivered. */
  | 'succeeded'
  /** An answer that says error, delivered. */
  | 'failed'
  /** An answer that only acknowledges, or whose code the journal does not have, or an alert: delivered. */
  | 'delivered'
  /** A Service Request answered with a rejection because of the flag. */
  | 'rejected'
  /** An answer or alert stopped because of the flag. */
  | 'withheld'
  /** Put off until the flag is known; its sender tries again. */
  | 'deferred'
  /** Not taken by the upstream, or nobody knows; its sender tries again. */
  | 'undelivered'
  /** Not understood, or its sender left. */
  | 'refused'

/** The kinds of message that are counted apart. */
export type CountedKind = 'request' | 'answer' | 'device-alert' | 'dcc-alert' | 'unreadable'

export function countedKindOf({ kind }: JournalLine): CountedKind {
  switch (kind) {
    case 'service-request':
      return 'request'
    case 'service-response':
      return 'answer'
    case 'device-alert':
    case 'dcc-alert':
      return kind
    default:
      return 'unreadable'
  }
}

/** The fate of the message of one line. */
export function fateOf(line: JournalLine): Fate {
  switch (line.outcome) {
    case 'forwarded':
      return isTaken(line) ? fateOfDelivered(line) : fateOfDeclined(line)
    case 'rejected':
    case 'withheld':
    case 'deferred':
      return line.outcome
    case 'upstream-failed':
      return 'undelivered'
    default:
      return 'refused'
  }
}

/** `forwarded` says that the upstream answered, whatever it answered. */
function isTaken({ peerStatus }: JournalLine): boolean {
  return peerStatus === undefined || peerStatus < 400
}

/** A User that declines a message gets it again; a DSP that declines a Service Request has answered it. */
function fateOfDeclined(line: JournalLine): Fate {
  return line.kind === 'service-request' ? 'turned-down' : 'undelivered'
}

function fateOfDelivered({ kind, responseCode, replyCode }: JournalLine): Fate {
  if (kind === 'service-request') return fateOfRequest(replyCode)
  return kind === 'service-response' ? fateOfAnswer(responseCode) : 'delivered'
}

function fateOfRequest(replyCode: string | undefined): Fate {
  if (replyCode === undefined || replyCode === ACKNOWLEDGED) return 'sent'
  return isError(replyCode) ? 'turned-down' : 'done'
}

function fateOfAnswer(responseCode: string | undefined): Fate {
  if (responseCode === undefined || responseCode === ACKNOWLEDGED) return 'delivered'
  return isError(responseCode) ? 'failed' : 'succeeded'
}

const ACKNOWLEDGED = 'I99'

function isError(code: string): boolean {
  return code.startsWith('E')
}

/** Messages of one month that are alike in everything reports ask for. */
export interface Count {
  /** `2026-10`. */
  readonly month: string
  readonly kind: CountedKind
  /** SRV or alert code, as the message's own header or alert names it first; empty when it names none. */
  readonly code: string
  /** Class of the row that decided; empty when a default did, or none. */
  readonly class: string
  /** Of the first Device that the inventory knows; empty when it knows none. */
  readonly region: string
  readonly generation: string
  /** The Service User that the message names. */
  readonly user: DeviceKey | undefined
  readonly fate: Fate
  /** Whether any of its Devices was Restricted when it arrived. */
  readonly isRestricted: boolean
  readonly messages: number
}

/** Stopped messages of one Restricted Device in one month. */
export interface BlockedCount extends Pick<Placement, 'hub'> {
  readonly month: string
  readonly device: DeviceKey
  readonly region: string
  readonly generation: string
  /** Who answered for the Device when they arrived, as far as it was known then; empty when nobody did. */
  readonly supplier: string
  readonly class: string
  readonly fate: 'rejected' | 'withheld'
  readonly messages: number
}
