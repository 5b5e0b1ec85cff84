/** Which settings two configurations have different values for. */
import type { Config } from './config.ts'
import { SETTINGS } from './settings.ts'

/** Their keys, in the order of the schema; never a value, for some are secrets. */
export function differingSettings(before: Config, after: Config): readonly string[] {
  return SETTINGS.filter(({ path }) => textOf(valueAt(before, path)) !== textOf(valueAt(after, path))).map(
    ({ key }) => key,
  )
}

function valueAt(config: unknown, path: readonly string[]): unknown {
  return path.reduce((value, name) => (value as Record<string, unknown> | undefined)?.[name], config)
}

/** A text that two values share only when they are the same: URLs have one of their own, maps and EUI-64s have not. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part) => {
      if (part instanceof Map || part instanceof Set) return [...part]
      return typeof part === 'bigint' ? `${part}` : part
    }) ?? ''
  )
}
