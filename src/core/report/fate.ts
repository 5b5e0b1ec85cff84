/**
 * What became of a message, as reports count it: one fate for each line of the journal.
 *
 * A Service Request and its answer are two messages and have a line each. Success and failure are what the answer's
 * ResponseCode says (DUIS: `I0` success, `I99` acknowledged, `W…` done with a warning, `E…` error).
 */
import type { JournalLine } from '../journal/journal-line.ts'

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
