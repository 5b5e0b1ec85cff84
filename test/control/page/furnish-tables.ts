/** A list in force and one proposed, for the pages about lists. */
import { TableGovernance } from '../../../src/governance/table-governance.ts'
import type { SqlStore } from '../../../src/store/sql/sql-store.ts'
import {
  examine,
  granted,
  LENIENT,
  LENIENT_TESTS,
  RECOMMENDED,
  RECOMMENDED_TESTS,
} from '../../governance/tables.ts'

const OLGA = { party: 'OPS', role: 'operations', name: 'olga.ops' } as const

export async function furnishTables(store: SqlStore): Promise<void> {
  const governance = new TableGovernance({ store, examine, mayGovern: () => true })
  const first = { content: RECOMMENDED, tests: RECOMMENDED_TESTS, reason: 'The list that was consulted on' }
  const { id } = granted(await governance.propose(OLGA, first)).proposal
  granted(await governance.approve({ ...OLGA, name: 'otto.ops' }, id))
  const second = {
    content: LENIENT,
    tests: LENIENT_TESTS,
    reason: 'The balance is no consumption',
    isShadow: true,
  }
  granted(await governance.propose(OLGA, second))
}
