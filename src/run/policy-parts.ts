/** What the control plane and the commands are given about tables and journals: the readers of this program's formats. */
import type { Config } from '../config/config.ts'
import { readTable } from '../config/load-table.ts'
import { readTableTests } from '../config/load-table-tests.ts'
import { rowTextOf } from '../config/row-text.ts'
import { FIRST_TABLE, GOVERNED_TABLE } from '../config/table-path.ts'
import type { PolicyParts } from '../control/policy-service.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { Table } from '../core/policy/table.ts'
import { tableExaminer } from '../governance/examine-table.ts'
import { tableOf } from './table-files.ts'

/** The shipped list is the measure of what may never be blocked: `shipped` where it has been read already. */
export async function policyParts(
  { table, journal }: Pick<Config, 'table' | 'journal'>,
  catalogue: Catalogue,
  shipped?: Table,
): Promise<PolicyParts> {
  const reader = (text: string) => readTable(text, catalogue)
  const baseline = shipped ?? (await tableOf(FIRST_TABLE, catalogue))
  return {
    isGoverned: table === GOVERNED_TABLE,
    readTable: reader,
    examine: tableExaminer({ readTable: reader, readTests: readTableTests, baseline }),
    rowText: rowTextOf,
    journalFolders: [journal.folder],
  }
}
