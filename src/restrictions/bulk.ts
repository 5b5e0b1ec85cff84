/** Many set and clear requests of one file: each row is judged and written by itself and has its own result. */
import type { Actor } from '../core/restriction/party.ts'
import { type Refused, refused } from '../core/restriction/refusal.ts'
import type { ClearRequest, SetRequest } from '../core/restriction/requests.ts'
import { clearFlag, type FlagCleared } from './clear-flag.ts'
import type { RestrictionContext } from './context.ts'
import { denialOf } from './permissions.ts'
import { type FlagSet, setFlag } from './set-flag.ts'

/** One row; `line` is where it stands in the file, from 1. */
export type BulkRow =
  | { readonly line: number; readonly action: 'set'; readonly request: SetRequest }
  | { readonly line: number; readonly action: 'clear'; readonly request: ClearRequest }

export interface BulkResult {
  readonly line: number
  readonly result: FlagSet | FlagCleared | Refused
}

/**
 * Yields one result a row, in order, each after its own transaction. When the store fails in between, the rows yielded
 * are in force; the whole file can be run again, because setting what is set and clearing what is cleared change nothing.
 */
export async function* bulkChange(
  context: RestrictionContext,
  actor: Actor,
  rows: Iterable<BulkRow> | AsyncIterable<BulkRow>,
): AsyncGenerator<BulkResult> {
  const denial = denialOf(actor, 'bulk')
  for await (const row of rows) {
    yield { line: row.line, result: denial ? refused([denial]) : await changeOne(context, actor, row) }
  }
}

function changeOne(
  context: RestrictionContext,
  actor: Actor,
  row: BulkRow,
): Promise<FlagSet | FlagCleared | Refused> {
  switch (row.action) {
    case 'set':
      return setFlag(context, actor, row.request)
    case 'clear':
      return clearFlag(context, actor, row.request)
  }
}
