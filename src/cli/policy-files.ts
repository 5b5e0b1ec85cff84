/** Loads a table for a command; a table with problems ends the command with all of them. */
import { loadTable } from '../config/load-table.ts'
import { tablePathOf } from '../config/table-path.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'
import { codeOf, countOf } from './configuration.ts'
import { usageError } from './terminal.ts'

/** The table of this name or path, or every problem it has. A file that cannot be read is a usage error. */
export async function compiledTableOf(nameOrPath: string, catalogue: Catalogue): Promise<CompiledTable> {
  const path = tablePathOf(nameOrPath)
  try {
    return await loadTable(path, catalogue)
  } catch (error) {
    throw usageError(
      `cannot read the table ${nameOrPath} (${codeOf(error)}); give a YAML file or the name of a table under policy/`,
    )
  }
}

/** The table, or a usage error that lists all its problems. */
export async function tableOf(nameOrPath: string, catalogue: Catalogue): Promise<Table> {
  const compiled = await compiledTableOf(nameOrPath, catalogue)
  if (compiled.ok) return compiled.table
  const lines = compiled.problems.map((problem) => `  ${problem.where}: ${problem.text}`)
  throw usageError(`the table ${nameOrPath} has ${countOf(lines.length, 'problem')}:\n${lines.join('\n')}`)
}
