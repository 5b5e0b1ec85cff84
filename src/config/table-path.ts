/** Where a table lies: shipped tables go by their name, others by the path of their file, governed ones are in the store. */
import { fileURLToPath } from 'node:url'

/** The name that stands for whichever governed table of the store is in force. */
export const GOVERNED_TABLE = 'store'

/** Decided by where the table is to come from the store and none was ever in force there. */
export const FIRST_TABLE = 'recommended'

/** All that go by a name. */
export const SHIPPED_TABLES = [FIRST_TABLE, 'seed-2023-04-literal'] as const

/** `recommended` is the shipped `policy/recommended.yaml`; anything with a slash or a YAML ending is a path as it is. */
export function tablePathOf(nameOrPath: string): string {
  if (!isTableName(nameOrPath)) return nameOrPath
  return fileURLToPath(new URL(`../../policy/${encodeURIComponent(nameOrPath)}.yaml`, import.meta.url))
}

/** Whether the text names a shipped table rather than a file. */
export function isTableName(text: string): boolean {
  return !/[\\/]|\.ya?ml$/.test(text)
}
