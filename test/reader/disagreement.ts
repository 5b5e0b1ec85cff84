/** The question every fuzz run asks: is there a message the gateway accepts and another XML processor reads otherwise? */
import { consultOracle, unseenByReader } from '../support/oracle.ts'
import { describe, oracleOptions, readCutAt, readWhole } from '../support/plans.ts'
import type { MadeDocument } from './made-document.ts'

export interface Judgement {
  readonly isAccepted: boolean
  /** What is unsafe about how the document was read; empty when nothing is. */
  readonly problems: readonly string[]
}

/** Reads the document whole, in two pieces, and with libxml2. */
export function judge({ direction, bytes, cut }: MadeDocument): Judgement {
  const whole = readWhole(direction, bytes)
  const problems: string[] = []
  if (describe(readCutAt(direction, bytes, Math.floor(cut * bytes.length))) !== describe(whole)) {
    problems.push(`cut at ${Math.floor(cut * bytes.length)} it is another message`)
  }
  if (!whole.ok) return { isAccepted: false, problems }
  problems.push(...unseenByReader(consultOracle(bytes, oracleOptions), whole.facts))
  return { isAccepted: true, problems }
}
