/**
 * A revision of a policy table: the text as it was handed in, and the hash that names it for good.
 */
import { createHash } from 'node:crypto'
import type { Instant } from '../device/device.ts'

/** What is kept of a table for good. */
export interface TableRevision {
  /** SHA-256 of the text, 64 hex digits in lower case. */
  readonly hash: string
  /** How verdicts and journals name it: the first twelve digits of the hash. */
  readonly revision: string
  /** The name that the table gives itself. */
  readonly name: string
  /** The text, byte for byte as it was handed in. */
  readonly content: string
  readonly keptAt: Instant
}

const REVISION_DIGITS = 12

/** The hash of a table's text. */
export function tableHashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Twelve hex digits are plenty to tell lists apart and short enough to read out. */
export function revisionOfHash(hash: string): string {
  return hash.slice(0, REVISION_DIGITS)
}

/** Whether a text may name a revision: from twelve digits up to the whole hash. */
export function isRevisionName(text: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(text)
}
