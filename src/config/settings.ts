/**
 * The list of settings, one entry a leaf of the schema: its key, its environment variable, what it accepts.
 *
 * Derived from `config.ts` by way of its JSON Schema, so that nothing is listed twice. `read-config.ts` uses it to find
 * values and to name problems; the documents test compares docs/config.md with it.
 */
import { z } from 'zod'
import { configSchema } from './config.ts'

/**
 * How a value reads where it comes as one text: `list` is comma separated, `map` is comma separated KEY=VALUE, `switch` is
 * true or false, `json` is a list of objects as JSON.
 */
type SettingForm = 'text' | 'number' | 'switch' | 'list' | 'map' | 'json'

export interface Setting {
  readonly path: readonly string[]
  /** Dotted, as in messages and `--set`: `flags.maxEntries`. */
  readonly key: string
  /** `DUISGATE_FLAGS_MAX_ENTRIES`. */
  readonly variable: string
  readonly form: SettingForm
  readonly description: string
  /** Reads on after "give …". */
  readonly accepts: string
  readonly example: string
  /** Undefined where there is none. */
  readonly default: unknown
  readonly isPath: boolean
}

interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly description?: string
  readonly accepts?: string
  readonly example?: string
  readonly isPath?: boolean
  readonly default?: unknown
}

/** The JSON Schema of a configuration file, as `schemas/config.schema.json` holds it. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(configSchema, { io: 'input' }) }
}

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = leavesOf([], configJsonSchema())

function leavesOf(path: readonly string[], node: SchemaNode): Setting[] {
  if (!node.properties) return [settingOf(path, node)]
  return Object.entries(node.properties).flatMap(([name, child]) => leavesOf([...path, name], child))
}

function settingOf(path: readonly string[], node: SchemaNode): Setting {
  return {
    path,
    key: path.join('.'),
    variable: variableOf(path),
    form: formOf(node),
    description: node.description ?? '',
    accepts: node.accepts ?? '',
    example: node.example ?? '',
    default: node.default,
    isPath: node.isPath ?? false,
  }
}

function variableOf(path: readonly string[]): string {
  const words = path.map((name) => name.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase())
  return ['DUISGATE', ...words].join('_')
}

function formOf({ type, items }: SchemaNode): SettingForm {
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'boolean') return 'switch'
  if (type === 'array') return items?.type === 'object' ? 'json' : 'list'
  return type === 'object' ? 'map' : 'text'
}
