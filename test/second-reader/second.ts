/** The second reader as tests use it, over the shipped catalogue. */
import type { Direction } from '../../src/core/duis/facts.ts'
import { type ReadingPlan, readMessage } from '../../src/core/duis/reader.ts'
import { compared } from '../../src/second-reader/differences.ts'
import type { SecondReaderOptions } from '../../src/second-reader/findings.ts'
import { catalogue, DCC_EUI, deviceKey, plans } from '../support/plans.ts'

export const secondOptions: SecondReaderOptions = { catalogue, dccEuis: new Set([deviceKey(DCC_EUI)]) }

/** What the two readers read otherwise; undefined where the first refuses the message. */
export function differencesIn(
  direction: Direction,
  message: string | Uint8Array,
  plan: ReadingPlan = plans[direction],
): string[] | undefined {
  const bytes = Buffer.from(message)
  const result = readMessage(plan, bytes)
  return result.ok ? compared(result.facts, bytes, secondOptions) : undefined
}
