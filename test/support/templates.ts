/**
 * The 297 Request templates of @smartdcc/duis-templates (GPL-3.0, tests only): real layouts of every SRV.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '../../node_modules/@smartdcc/duis-templates/templates')

export interface Template {
  readonly name: string
  readonly bytes: Buffer
}

/** All templates, sorted by name; empty when the package is not installed. */
export function duisTemplates(): Template[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, bytes: readFileSync(join(folder, name)) }))
}
