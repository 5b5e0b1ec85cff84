/** Loads a table for a command; a table with problems ends the command with all of them. */
import { readFile } from 'node:fs/promises'
import { codeOf, countOf } from '../cli/configuration.ts'
import { usageError } from '../cli/terminal.ts'
import { readTable } from '../config/load-table.ts'
import { testsPathOf } from '../config/load-table-tests.ts'
import { tablePathOf } from '../config/table-path.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'

/** The text of the table of this name or path. A file that cannot be read is a usage error. */
export async function tableTextOf(nameOrPath: string): Promise<string> {
  try {
    return await readFile(tablePathOf(nameOrPath), 'utf8')
  } catch (error) {
    throw usageError(
      `cannot read the table ${nameOrPath} (${codeOf(error)}); give a YAML file or the name of a table under policy/`,
    )
  }
}

/** The text of the unit tests beside the table of this name or path; undefined when there are none. */
export async function tableTestsTextOf(nameOrPath: string): Promise<string | undefined> {
  try {
    return await readFile(testsPathOf(tablePathOf(nameOrPath)), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw usageError(`cannot read the unit tests of the table ${nameOrPath} (${codeOf(error)})`)
  }
}

/** The table of this name or path, or every problem it has. A file that cannot be read is a usage error. */
export async function compiledTableOf(nameOrPath: string, catalogue: Catalogue): Promise<CompiledTable> {
  return readTable(await tableTextOf(nameOrPath), catalogue)
}

/** The table, or a usage error that lists all its problems. */
export async function tableOf(nameOrPath: string, catalogue: Catalogue): Promise<Table> {
  return compiledOrUsage(nameOrPath, await compiledTableOf(nameOrPath, catalogue))
}

/** The table, or a usage error that lists all its problems under its name. */
export function compiledOrUsage(name: string, compiled: CompiledTable): Table {
  if (compiled.ok) return compiled.table
  const lines = compiled.problems.map((problem) => `  ${problem.where}: ${problem.text}`)
  throw usageError(`the table ${name} has ${countOf(lines.length, 'problem')}:\n${lines.join('\n')}`)
}
