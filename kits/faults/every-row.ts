/** Every row of the fault table, from the files under rows/, in the order of the plan. */
import { globSync } from 'node:fs'
import { join } from 'node:path'
import type { Row } from './row.ts'

/** What the letter of a row stands for, in the order of the table. */
export const FAMILIES = {
  H: 'HTTP framing and slow clients',
  X: 'XML',
  T: 'TLS',
  C: 'Flags under fire',
  D: 'Durability',
  F: 'A store that fails over',
  L: 'Life cycle, overload, memory',
  A: 'Control plane, privacy, supply chain',
} as const satisfies Readonly<Record<string, string>>

const FOLDER = join(import.meta.dirname, 'rows')

/** Throws when two rows have one ID. */
export async function everyRow(): Promise<readonly Row[]> {
  const files = globSync('*.ts', { cwd: FOLDER })
  const modules = await Promise.all(files.map((file) => import(join(FOLDER, file)) as Promise<RowsFile>))
  const rows = modules.flatMap(({ ROWS }) => ROWS).sort((one, other) => placeOf(one) - placeOf(other))
  const twice = rows.find(({ id }, index) => rows[index + 1]?.id === id)
  if (twice) throw new Error(`two rows are ${twice.id}`)
  return rows
}

interface RowsFile {
  readonly ROWS: readonly Row[]
}

function placeOf({ id }: Row): number {
  return Object.keys(FAMILIES).indexOf(id.slice(0, 1)) * 100 + Number(id.slice(1))
}
