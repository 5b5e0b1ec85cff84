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
  /** Dotted, as in messages and `--set`: `flags.maxEntries`; of a shorthand, that of its group. */
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
  /** No message shows its value. */
  readonly isSecret: boolean
  /** A plain value in place of its group stands for it. */
  readonly isShorthand: boolean
}

interface SchemaNode {
  readonly type?: string
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly description?: string
  readonly accepts?: string
  readonly example?: string
  readonly isPath?: boolean
  readonly isSecret?: boolean
  readonly shorthand?: string
  readonly default?: unknown
}

/** The JSON Schema of a configuration file, as `schemas/config.schema.json` holds it. */
export function configJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(configSchema, { io: 'input' })
  const groups = Object.entries(schema.properties ?? {}).map(([name, node]) => [name, withShorthand(node)])
  return { ...schema, properties: Object.fromEntries(groups) }
}

/** A plain value stands for one member of the group. */
function withShorthand(node: unknown): unknown {
  const { shorthand, default: _, ...group } = node as SchemaNode
  const member = shorthand === undefined ? undefined : group.properties?.[shorthand]
  return member === undefined ? node : { anyOf: [member, group] }
}

/** Every setting, in the order of the schema. */
export const SETTINGS: readonly Setting[] = leavesOf(
  [],
  z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode,
)

function leavesOf(path: readonly string[], node: SchemaNode): Setting[] {
  if (!node.properties) return [settingOf(path, path, node)]
  return Object.entries(node.properties).flatMap(([name, child]) =>
    name === node.shorthand
      ? [{ ...settingOf([...path, name], path, child), isShorthand: true }]
      : leavesOf([...path, name], child),
  )
}

function settingOf(path: readonly string[], named: readonly string[], node: SchemaNode): Setting {
  return {
    path,
    key: named.join('.'),
    variable: variableOf(named),
    form: formOf(node),
    description: node.description ?? '',
    accepts: node.accepts ?? '',
    example: node.example ?? '',
    default: node.default,
    isPath: node.isPath ?? false,
    isSecret: node.isSecret ?? false,
    isShorthand: false,
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
