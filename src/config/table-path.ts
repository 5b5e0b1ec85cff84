/** Where a table lies: shipped tables go by their name, others by the path of their file. */
import { fileURLToPath } from 'node:url'

/** `recommended` is the shipped `policy/recommended.yaml`; anything with a slash or a YAML ending is a path as it is. */
export function tablePathOf(nameOrPath: string): string {
  if (!isTableName(nameOrPath)) return nameOrPath
  return fileURLToPath(new URL(`../../policy/${encodeURIComponent(nameOrPath)}.yaml`, import.meta.url))
}

/** Whether the text names a shipped table rather than a file. */
export function isTableName(text: string): boolean {
  return !/[\\/]|\.ya?ml$/.test(text)
}
