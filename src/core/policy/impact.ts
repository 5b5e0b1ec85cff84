/**
 * What another table would have changed: messages of the journal whose verdict would be another, counted by what they are,
 * who sent or was to receive them, and where.
 */
import type { JournalLine } from '../journal/journal-line.ts'
import type { OtherVerdict } from './journalled-message.ts'

/** Messages that are alike in code, role, region and in what changes for them. */
export interface ImpactRow {
  /** What the message claims to be: `4.8.1`, `8F0A`; several with a space between; empty when it claims nothing. */
  readonly codes: string
  /** Role of the party whose EUI the message names; `other` where no party has it. */
  readonly role: string
  /** Region of the Device; empty where the inventory does not say. */
  readonly region: string
  readonly before: string
  readonly after: string
  /** The rule of the other table that decides. */
  readonly rule: string
  readonly messages: number
  /** Of these, those whose verdict rests on something unknown that was counted as met. */
  readonly undecidable: number
}

export interface ImpactTotals {
  /** Records on which a gateway decided. */
  readonly decided: number
  readonly changed: number
  /** Changed ones that rest on something unknown. */
  readonly undecidable: number
  /** Lines that are no whole record, and records of messages that could not be read. */
  readonly unreadable: number
}

/** Rows at most; a hostile sender makes as many codes as it likes. */
const MAX_ROWS = 20_000

/** Stands for rows beyond those. */
const REST = { codes: 'others', role: '', region: '', rule: '' } as const

export class ImpactCount {
  readonly #rows = new Map<
    string,
    { row: Omit<ImpactRow, 'messages' | 'undecidable'>; messages: number; undecidable: number }
  >()
  #totals = { decided: 0, changed: 0, undecidable: 0, unreadable: 0 }

  /** A line that says nothing that a table could decide on. */
  addUnreadable(): void {
    this.#totals.unreadable++
  }

  /** A record, and what the other table would have done. */
  add(line: JournalLine, other: OtherVerdict, role: string, region: string): void {
    this.#totals.decided++
    const before = line.verdict ?? ''
    if (before === other.kind) return
    const undecidable = other.isUndecidable ? 1 : 0
    this.#totals.changed++
    this.#totals.undecidable += undecidable
    const count = this.#countOf({
      codes: line.codes.join(' '),
      role,
      region,
      before,
      after: other.kind,
      rule: other.rule,
    })
    count.messages++
    count.undecidable += undecidable
  }

  get totals(): ImpactTotals {
    return { ...this.#totals }
  }

  /** Most messages first. */
  rows(): readonly ImpactRow[] {
    return [...this.#rows.values()]
      .map(({ row, messages, undecidable }) => ({ ...row, messages, undecidable }))
      .sort((one, other) => other.messages - one.messages || (keyOf(one) < keyOf(other) ? -1 : 1))
  }

  #countOf(row: Omit<ImpactRow, 'messages' | 'undecidable'>) {
    const kept = this.#rows.size < MAX_ROWS || this.#rows.has(keyOf(row)) ? row : { ...row, ...REST }
    const count = this.#rows.get(keyOf(kept)) ?? { row: kept, messages: 0, undecidable: 0 }
    this.#rows.set(keyOf(kept), count)
    return count
  }
}

function keyOf({
  codes,
  role,
  region,
  before,
  after,
  rule,
}: Omit<ImpactRow, 'messages' | 'undecidable'>): string {
  return [codes, role, region, before, after, rule].join('\n')
}
