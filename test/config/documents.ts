/** The documents that follow from the settings: the JSON Schema and the table of docs/config.md. */
import { configJsonSchema, SETTINGS, type Setting } from '../../src/config/settings.ts'

export const SCHEMA_FILE = new URL('../../schemas/config.schema.json', import.meta.url)
export const CONFIG_PAGE = new URL('../../docs/config.md', import.meta.url)

/** `schemas/config.schema.json`, to the byte. */
export function schemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}

/** The table of all settings, without its surroundings. */
export function settingsTable(): string {
  const head = ['| setting | default | accepts | what it is |', '|---|---|---|---|']
  return [...head, ...SETTINGS.map(rowOf)].join('\n')
}

function rowOf(setting: Setting): string {
  const { key, accepts, description } = setting
  return `| \`${key}\` | ${defaultOf(setting)} | ${accepts} | ${description} |`
}

function defaultOf({ default: value }: Setting): string {
  if (value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0))
    return '–'
  return `\`${Array.isArray(value) ? value.join(',') : value}\``
}
