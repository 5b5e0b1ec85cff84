/**
 * Explaining a decision later: the record of the journal, and the row of the table as it read at the time.
 *
 * Journals lie on the machines of their gateways; this looks in the folders it is given. The texts of tables are in the store
 * for good, governed or not.
 */

import { parseDecisionId, timeOfDecision } from '../core/journal/decision-id.ts'
import type { BoundedSpan } from '../core/report/span.ts'
import type { ControlStore } from '../store/control-store.ts'
import { recordsOfDecision, recordsOfRequest, type WholeRecord } from './find-lines.ts'

/** The row or default that decided, in the words of its table. */
export interface RowThen {
  /** The name that the table gave itself. */
  readonly table: string
  /** The row's text; undefined for a rule that is no row, such as an answer without data. */
  readonly text: string | undefined
}

export interface ExplainedRecord {
  readonly record: WholeRecord
  /** Undefined where no text of that revision is kept, and for messages on which nothing was decided. */
  readonly row: RowThen | undefined
}

export interface DecisionBookOptions {
  /** Folders of journals on this machine. */
  readonly folders: readonly string[]
  readonly store: Pick<ControlStore, 'read'>
  /** The text of a row or default in a table's text. */
  readonly rowText: (content: string, rule: string) => string | undefined
}

const MAX_RECORDS = 50

export class DecisionBook {
  readonly #options: DecisionBookOptions

  constructor(options: DecisionBookOptions) {
    this.#options = options
  }

  /** Records of the decision; empty for one that no journal here has, and for a text that is no ID. */
  async find(text: string): Promise<readonly ExplainedRecord[]> {
    const id = parseDecisionId(text.trim())
    if (id === undefined) return []
    return this.#explained((folder) => recordsOfDecision(folder, id, timeOfDecision(id)))
  }

  /** Records of messages with that RequestID that arrived within the span, at most fifty. */
  findByRequest(requestId: string, span: BoundedSpan): Promise<readonly ExplainedRecord[]> {
    return this.#explained((folder) => recordsOfRequest(folder, requestId.trim(), span, MAX_RECORDS))
  }

  async #explained(
    look: (folder: string) => Promise<readonly WholeRecord[]>,
  ): Promise<readonly ExplainedRecord[]> {
    const found = await Promise.all(this.#options.folders.map(look))
    return Promise.all(found.flat().map(async (record) => ({ record, row: await this.#rowOf(record) })))
  }

  async #rowOf({ tableRevision, rule }: WholeRecord): Promise<RowThen | undefined> {
    if (tableRevision === undefined || typeof rule !== 'string') return undefined
    const { store, rowText } = this.#options
    const kept = await store.read(({ tables }) => tables.findRevision(tableRevision))
    return kept && { table: kept.name, text: rowText(kept.content, rule) }
  }
}
