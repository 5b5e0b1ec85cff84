/** What the composition root gives the control plane about tables and journals, for tests: the real readers. */

import { readTable } from '../../src/config/load-table.ts'
import { rowTextOf } from '../../src/config/row-text.ts'
import type { PolicyParts } from '../../src/control/policy-service.ts'
import { catalogue, examine } from '../governance/tables.ts'

/** Journals are looked for in these folders; nowhere when there are none. */
export function testPolicyParts(journalFolders: readonly string[] = []): PolicyParts {
  return {
    isGoverned: true,
    readTable: (text) => readTable(text, catalogue),
    examine,
    rowText: rowTextOf,
    journalFolders,
  }
}
