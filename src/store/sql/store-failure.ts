/**
 * Which failure of the store an error of a database driver is: whether the store did not answer, or answered that it will not.
 * An operator looks for the one in the network and for the other in what the store said.
 */
import { OutcomeUnknown, StoreFailure, StoreRefused, StoreTooNew, StoreUnavailable } from '../store.ts'

/** `doing` completes "the store did not answer while …". What is one already stays as it is, and so does StoreTooNew. */
export function storeFailureOf(doing: string, error: unknown): StoreFailure | StoreTooNew {
  if (error instanceof StoreFailure || error instanceof StoreTooNew) return error
  // Node's error for several addresses has no words of its own.
  const cause = error instanceof AggregateError ? (error.errors[0] ?? error) : error
  return isRefusal(cause) ? new StoreRefused(doing, cause) : new StoreUnavailable(doing, cause)
}

/** The same for a commit: what did not answer may have kept it. */
export function commitFailureOf(doing: string, error: unknown): StoreFailure | StoreTooNew {
  const failure = storeFailureOf(doing, error)
  return failure instanceof StoreUnavailable ? new OutcomeUnknown(doing, failure.cause) : failure
}

/** Why the store is no use, for whoever asks a process how it is. */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause === undefined ? error.message : `${error.message}: ${describeFailure(error.cause)}`
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, severity, errcode } = error as Error &
    Partial<Record<'code' | 'severity' | 'errcode', unknown>>
  if (typeof severity === 'string') return !NO_ANSWER_STATES.test(String(code))
  if (typeof errcode === 'number') return !BUSY_RESULTS.includes(errcode & 0xff)
  return TLS_CODES.test(String(code)) || CLIENT_REFUSALS.test(error.message)
}

/**
 * SQLSTATEs by which PostgreSQL says that it does not get to it: connections that end, a server that starts or stops, what took
 * too long, and what lost to another transaction.
 */
const NO_ANSWER_STATES = /^(?:08...|57014|57P0.|25P0[34]|55P03|40...)$/

/** SQLite's result codes when another connection has the lock; the plain code is in the low byte. */
const BUSY_RESULTS: readonly number[] = [5, 6]

/** Node's codes for a certificate that is not trusted, and for a handshake that failed. */
const TLS_CODES = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_|EPROTO$)/

/** What pg finds wrong by itself, in its own words: it gives no code. */
const CLIENT_REFUSALS = /^SASL: |does not support SSL connections/
