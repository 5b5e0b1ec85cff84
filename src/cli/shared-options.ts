/** Options that several commands take, and the reading of their values. Every fault is a usage error. */
import { type Command, InvalidArgumentError } from 'commander'
import {
  DEVICE_TYPES,
  type DeviceType,
  type Instant,
  instantOf,
  parseDeviceType,
} from '../core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'
import type { Direction } from '../core/duis/facts.ts'

/** A Device ID in either letter case. */
export function deviceIdOption(text: string): DeviceKey {
  const key = parseEui64(text)
  if (key === undefined) {
    throw new InvalidArgumentError(
      `"${text}" is not a Device ID; give eight hex pairs, for example 00-DB-12-34-56-78-90-A0.`,
    )
  }
  return key
}

/** Collects Device IDs from a repeated option; a value may hold several with commas between. */
export function collectDeviceIds(text: string, before: readonly DeviceKey[] = []): readonly DeviceKey[] {
  return [...before, ...text.split(',').map(deviceIdOption)]
}

/** Collects `ID=TYPE` from a repeated option. */
export function collectDeviceTypes(
  text: string,
  before: ReadonlyMap<DeviceKey, DeviceType> = new Map(),
): ReadonlyMap<DeviceKey, DeviceType> {
  const equals = text.indexOf('=')
  const type = parseDeviceType(text.slice(equals + 1).toUpperCase())
  if (equals < 0 || type === undefined) {
    throw new InvalidArgumentError(`"${text}" is not ID=TYPE; TYPE is one of ${DEVICE_TYPES.join(', ')}.`)
  }
  return new Map([...before, [deviceIdOption(text.slice(0, equals)), type]])
}

/** Collects any text from a repeated option. */
export function collectText(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

export function directionOption(text: string): Direction {
  if (text === 'southbound' || text === 'northbound') return text
  throw new InvalidArgumentError('Give southbound or northbound.')
}

/** An instant such as `2027-01-31T09:00:00Z`. A time without zone would depend on the machine, so it must have one. */
export function instantOption(text: string): Instant {
  const milliseconds = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(milliseconds)) {
    throw new InvalidArgumentError(
      `"${text}" is not a time with its zone; give one like 2027-01-31T09:00:00Z.`,
    )
  }
  return instantOf(milliseconds)
}

export function urlOption(text: string): URL {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new InvalidArgumentError(`"${text}" is not an http or https URL.`)
}

/** `--config` and `--set`, for commands that read a configuration. */
export function withConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (also: DUISGATE_CONFIG)')
    .option('--set <key=value>', 'one setting, before environment and file; may be repeated', collectText)
}

/** `--store` in front of the options of a configuration. */
export function withStoreOptions(command: Command): Command {
  return withConfigOptions(
    command.option('--store <location>', 'an SQLite file or a postgres:// URL; default: as configured'),
  )
}
