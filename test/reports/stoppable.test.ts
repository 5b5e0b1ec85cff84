/** What the flag can touch by the rows of a list is what the closure of the table finds by asking `decide`. */
import t from 'tap'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadDataItems } from '../../src/config/load-data-items.ts'
import { loadTable } from '../../src/config/load-table.ts'
import { SHIPPED_TABLES, tablePathOf } from '../../src/config/table-path.ts'
import { closureOf } from '../../src/core/policy/closure.ts'
import { stoppableBy } from '../../src/core/report/stoppable.ts'

const catalogue = loadCatalogue()

for (const name of SHIPPED_TABLES)
  t.test(`${name}: what can be stopped is what the closure says is stopped, always or in part`, async (t) => {
    const compiled = await loadTable(tablePathOf(name), catalogue)
    if (!compiled.ok) throw new Error('the shipped table has problems')
    const closures = closureOf(compiled.table, catalogue, loadDataItems()).filter(
      ({ kind }) => kind === 'SRV',
    )
    const canBeStopped = stoppableBy([compiled.table])
    for (const [code, parts] of Map.groupBy(closures, (closure) => closure.code))
      t.equal(
        canBeStopped(code),
        parts.some(({ stopping }) => stopping !== 'never'),
        code,
      )
    t.same(['4.99', '9.9', '', '11.1', '2.2'].map(canBeStopped), [true, false, false, false, false])
    t.equal(stoppableBy([])('4.1.1'), false)
    const onTrial = {
      ...compiled.table,
      rows: compiled.table.rows.map((row) => ({ ...row, mode: 'shadow' }) as const),
    }
    t.equal(stoppableBy([onTrial])('4.8.1'), false, 'a row on trial stops nothing')
    t.equal(canBeStopped('4.8.1'), true)
  })
