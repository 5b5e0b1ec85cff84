/** Tables as files: read by name or path; one with problems is a ConfigurationFault that lists all of them. */
import { ConfigurationFault, countOf, errorCode } from '../config/configuration-fault.ts'
import { readTable } from '../config/load-table.ts'
import { testsPathOf } from '../config/load-table-tests.ts'
import { isTableName, SHIPPED_TABLES, tablePathOf } from '../config/table-path.ts'
import { fileFaultText, readTextFile } from '../config/text-file.ts'
import type { Catalogue } from '../core/catalogue/catalogue.ts'
import type { CompiledTable, Table } from '../core/policy/table.ts'

/** The text of the table of this name or path. A file that cannot be read is a fault of the configuration. */
export async function tableTextOf(nameOrPath: string): Promise<string> {
  try {
    return await readTextFile(tablePathOf(nameOrPath))
  } catch (error) {
    if (isTableName(nameOrPath) && errorCode(error) === 'ENOENT')
      throw new ConfigurationFault(
        `no table ${nameOrPath} is shipped; give ${SHIPPED_TABLES.join(' or ')}, or a file by a path that ends in .yaml or has a slash: ./${nameOrPath}`,
      )
    throw new ConfigurationFault(
      `cannot read the table ${nameOrPath} (${fileFaultText(error)}); give a YAML file or one of ${SHIPPED_TABLES.join(', ')}`,
    )
  }
}

/** The text of the unit tests beside the table of this name or path; undefined when there are none. */
export async function tableTestsTextOf(nameOrPath: string): Promise<string | undefined> {
  try {
    return await readTextFile(testsPathOf(tablePathOf(nameOrPath)))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw new ConfigurationFault(
      `cannot read the unit tests of the table ${nameOrPath} (${fileFaultText(error)})`,
    )
  }
}

/** The table of this name or path, or every problem it has. A file that cannot be read is a fault of the configuration. */
export async function compiledTableOf(nameOrPath: string, catalogue: Catalogue): Promise<CompiledTable> {
  return readTable(await tableTextOf(nameOrPath), catalogue)
}

/** The table, or a fault of the configuration that lists all its problems. */
export async function tableOf(nameOrPath: string, catalogue: Catalogue): Promise<Table> {
  return compiledOrFault(nameOrPath, await compiledTableOf(nameOrPath, catalogue))
}

/** The table, or a fault of the configuration that lists all its problems under its name. */
export function compiledOrFault(name: string, compiled: CompiledTable): Table {
  if (compiled.ok) return compiled.table
  const lines = compiled.problems.map((problem) => `  ${problem.where}: ${problem.text}`)
  throw new ConfigurationFault(
    `the table ${name} has ${countOf(lines.length, 'problem')}:\n${lines.join('\n')}`,
  )
}
