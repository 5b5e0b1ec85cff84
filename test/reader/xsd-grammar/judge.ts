/** What is asked of every legal document: that it is read, the same however it is cut, and as the second reader reads it. */
import { compared } from '../../../src/second-reader/differences.ts'
import type { SchemaCheck } from '../../support/official-xsd.ts'
import { catalogue, DCC_EUI, describe, deviceKey, readCutAt, readWhole } from '../../support/plans.ts'
import type { MadeLegalDocument } from './grammar.ts'

export interface Finding {
  /** `invalid`: the grammar is at fault, not the reader. */
  readonly kind: 'invalid' | 'refused' | 'cut' | 'differs'
  readonly text: string
}

const options = { catalogue, dccEuis: new Set([deviceKey(DCC_EUI)]) }

/** Everything that is wrong with how a document is read; empty when nothing is. */
export function findingsIn({ direction, bytes, cut }: MadeLegalDocument, check: SchemaCheck): Finding[] {
  const invalid = check.validate(bytes)
  if (invalid !== undefined) return [{ kind: 'invalid', text: invalid }]
  const whole = readWhole(direction, bytes)
  if (!whole.ok) return [{ kind: 'refused', text: `${whole.fault.code}: ${whole.fault.text}` }]
  const findings: Finding[] = compared(whole.facts, bytes, options).map((text) => ({ kind: 'differs', text }))
  const at = Math.floor(cut * bytes.length)
  if (describe(readCutAt(direction, bytes, at)) !== describe(whole)) {
    findings.push({ kind: 'cut', text: `cut at ${at} it is another message` })
  }
  return findings
}
