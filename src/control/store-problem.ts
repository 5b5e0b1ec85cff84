/** What whoever made a request is told when the store failed it. */
import { OutcomeUnknown, type StoreFailure, StoreRefused } from '../store/store.ts'
import type { Problem } from './http/problems.ts'

/** The problem of a request that the store failed. */
export function storeProblemOf(failure: StoreFailure): Problem {
  if (failure instanceof OutcomeUnknown) return { code: 'outcome-unknown', detail: SEND_AGAIN }
  return { code: failure instanceof StoreRefused ? 'store-refused' : 'store-unavailable' }
}

const SEND_AGAIN =
  'It may have been done. Send the same again with the same Idempotency-Key, and it is done once; without a key, look first.'
