/** Trying learned markup on a document: the facts of the strict reader, or a miss. Nothing else may come of it. */

import type { Direction } from '../../src/core/duis/facts.ts'
import { LearnedMarkup, type MarkupLimits } from '../../src/core/markup/learned-markup.ts'
import { describe, plans, readCutAt, readWhole } from '../support/plans.ts'
import type { AlteredDocument } from './altered-documents.ts'

export type Markups = Record<Direction, LearnedMarkup>

/** Learns whatever it sees twice, so that every document may teach it. */
const EAGER: Partial<MarkupLimits> = { messagesALearning: 0 }

export function newMarkups(limits: Partial<MarkupLimits> = EAGER): Markups {
  return {
    southbound: new LearnedMarkup(plans.southbound, limits),
    northbound: new LearnedMarkup(plans.northbound, limits),
  }
}

export type Tried = 'matched' | 'missed' | 'different'

/** Tries a document; one that is not known may be learned. */
export function tryOn(markups: Markups, { direction, bytes }: AlteredDocument, cut?: number): Tried {
  const markup = markups[direction]
  const facts = markup.match(bytes)
  const strict = cut === undefined ? readWhole(direction, bytes) : readCutAt(direction, bytes, cut)
  if (facts) return describe({ ok: true, facts }) === describe(strict) ? 'matched' : 'different'
  if (strict.ok) markup.consider(bytes)
  return 'missed'
}
