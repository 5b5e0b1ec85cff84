/**
 * Text in, `Config` or every problem out. Pure: files and the environment are read by the caller.
 *
 * A setting comes from the command line (`--set`), else from the environment, else from the file, else from its default.
 */
import { resolve } from 'node:path'
import type { z } from 'zod'
import { nearest } from '../core/nearest.ts'
import { namesPostgres } from '../store/postgres/connection-text.ts'
import { type Config, configSchema } from './config.ts'
import { readYaml } from './plain-yaml.ts'
import { SETTINGS, type Setting } from './settings.ts'
import { storeProblem } from './store.ts'
import { isTableName } from './table-path.ts'

export interface ConfigSources {
  /** Absent where no file is used. `folder` is where relative paths in it count from. */
  readonly file: { readonly name: string; readonly folder: string; readonly text: string } | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** `KEY=VALUE`, as `--set` takes them. */
  readonly overrides: readonly string[]
  /** Where relative paths from the environment and the command line count from. */
  readonly workingFolder: string
}

/** `where` names the source: the file, the variable or `--set`. */
export interface ConfigProblem {
  readonly where: string
  readonly text: string
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** The variable that names the configuration file; the only one of its prefix that is not a setting. */
export const CONFIG_FILE_VARIABLE = 'DUISGATE_CONFIG'

/** Reads all sources and answers with a frozen configuration, or with everything that is wrong in any of them. */
export function readConfig(sources: ConfigSources): ConfigResult {
  const draft = new Draft()
  if (sources.file) draft.takeFile(sources.file)
  draft.takeEnvironment(sources.environment, sources.workingFolder)
  for (const text of sources.overrides) draft.takeOverride(text, sources.workingFolder)
  return draft.check()
}

type Tree = Record<string, unknown>

/** Values gathered so far, by setting, each with the name of where it came from. */
class Draft {
  #tree: Tree = {}
  readonly #origins = new Map<string, string>()
  readonly #problems: ConfigProblem[] = []
  #fileName = 'the configuration'

  takeFile(file: NonNullable<ConfigSources['file']>): void {
    this.#fileName = file.name
    const read = readYaml(file.text)
    if (!read.ok) {
      for (const { text, line } of read.faults)
        this.#problem(file.name, line === undefined ? text : `line ${line}: ${text}`)
      return
    }
    const value = read.value ?? {}
    if (isTree(value)) this.#tree = value
    else this.#problem(file.name, 'must hold settings as KEY: VALUE')
    for (const setting of SETTINGS) {
      if (setting.isShorthand) this.#writeOut(setting)
      this.#settlePath(setting, file.folder)
    }
  }

  takeEnvironment(environment: ConfigSources['environment'], folder: string): void {
    for (const [variable, text] of Object.entries(environment)) {
      if (text === undefined || !variable.startsWith('DUISGATE_') || variable === CONFIG_FILE_VARIABLE)
        continue
      const setting = SETTINGS.find((candidate) => candidate.variable === variable)
      if (setting) this.#put(setting, text, `environment variable ${variable}`, folder)
      else
        this.#unknown(
          'the environment',
          variable,
          SETTINGS.map((known) => known.variable),
        )
    }
  }

  takeOverride(text: string, folder: string): void {
    const equals = text.indexOf('=')
    const key = equals < 0 ? text : text.slice(0, equals)
    const setting = SETTINGS.find((candidate) => candidate.key === key)
    if (!setting) this.#unknown('--set', key, SETTING_KEYS)
    else if (equals < 0)
      this.#problem('--set', `${key} has no value; give ${key}=${setting.example} or alike`)
    else this.#put(setting, text.slice(equals + 1), '--set', folder)
  }

  check(): ConfigResult {
    const result = configSchema.safeParse(this.#tree)
    if (!result.success) for (const issue of result.error.issues) this.#takeIssue(issue)
    if (!result.success || this.#problems.length > 0) return { ok: false, problems: this.#problems }
    return { ok: true, config: deepFreeze(result.data) }
  }

  #put(setting: Setting, text: string, origin: string, folder: string): void {
    const value = parsedBy(setting, text)
    setAt(this.#tree, setting.path, value)
    this.#origins.set(setting.key, origin)
    this.#settlePath(setting, folder)
  }

  /** A plain value in place of the setting's group. */
  #writeOut({ path }: Setting): void {
    const group = path.slice(0, -1)
    const value = getAt(this.#tree, group)
    if (value === undefined || isTree(value)) return
    setAt(this.#tree, group, undefined)
    setAt(this.#tree, path, value)
  }

  #settlePath(setting: Setting, folder: string): void {
    const text = getAt(this.#tree, setting.path)
    if (setting.isPath && Array.isArray(text)) {
      setAt(
        this.#tree,
        setting.path,
        text.map((one) => (typeof one === 'string' && one ? resolve(folder, one) : one)),
      )
      return
    }
    if (!setting.isPath || typeof text !== 'string' || text === '') return
    if ((setting.key === 'table' || setting.key === 'shadowTable') && isTableName(text)) return
    if (setting.key === 'store' && (namesPostgres(text) || storeProblem(text))) return
    setAt(this.#tree, setting.path, resolve(folder, text))
  }

  #takeIssue(issue: z.core.$ZodIssue): void {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) this.#unknown(this.#fileName, [...path, key].join('.'), SETTING_KEYS)
      return
    }
    const setting = SETTINGS.find((candidate) => candidate.path.every((name, index) => path[index] === name))
    const where = (setting && this.#origins.get(setting.key)) ?? this.#fileName
    this.#problem(
      where,
      setting
        ? faultOf(setting, issue, this.#tree)
        : `${path.join('.') || 'the whole'} must hold settings as KEY: VALUE`,
    )
  }

  #unknown(where: string, name: string, known: readonly string[]): void {
    const meant = nearest(name, known)
    this.#problem(
      where,
      `${name} is not a setting; ${meant ? `did you mean ${meant}?` : 'docs/config.md lists them all'}`,
    )
  }

  #problem(where: string, text: string): void {
    this.#problems.push({ where, text })
  }
}

const SETTING_KEYS = SETTINGS.map((setting) => setting.key)

/** `limits.maxDepth is "64k"; give a whole number of levels from 12 to 256, for example 32`. */
function faultOf(setting: Setting, issue: z.core.$ZodIssue, tree: Tree): string {
  const path = issue.path.map(String)
  const key = path.join('.')
  if (issue.code === 'custom' && (setting.form === 'json' || issue.params?.isWhole)) return issue.message
  // Not shown: where a hash belongs, somebody may have put the token itself.
  if (path.length > setting.path.length && setting.form === 'json') return `${key}: ${issue.message}`
  const value = getAt(tree, path)
  const is = setting.isSecret && value !== undefined ? 'will not do' : `is ${shown(value)}`
  return `${setting.isShorthand ? setting.key : key} ${is}; give ${setting.accepts}, for example ${setting.example}`
}

function shown(value: unknown): string {
  return value === undefined ? 'not given' : JSON.stringify(value)
}

function parsedBy(setting: Setting, text: string): unknown {
  switch (setting.form) {
    case 'number':
      return /^-?\d+$/.test(text.trim()) ? Number(text) : text
    case 'switch':
      return text === 'true' || (text === 'false' ? false : text)
    case 'json':
      return jsonOf(text)
    case 'list':
      return partsOf(text)
    case 'map':
      return Object.fromEntries(partsOf(text).map(pairOf))
    case 'text':
      return text
  }
}

/** The text itself when it is no JSON: it is then told as what it is. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function partsOf(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

function pairOf(part: string): [string, string] {
  const equals = part.indexOf('=')
  return equals < 0 ? [part, ''] : [part.slice(0, equals).trim(), part.slice(equals + 1).trim()]
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function getAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, name) => (typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined),
    tree,
  )
}

function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  const [name, ...rest] = path
  if (name === undefined) return
  if (rest.length === 0) {
    tree[name] = value
    return
  }
  const child = tree[name]
  const branch = isTree(child) ? child : {}
  tree[name] = branch
  setAt(branch, rest, value)
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !(value instanceof URL) && !(value instanceof Map)) {
    for (const child of Object.values(value)) deepFreeze(child)
    Object.freeze(value)
  }
  return value
}
