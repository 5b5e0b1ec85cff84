/** Options that several commands take, and the reading of their values. Every fault is a usage error. */

import { type Command, InvalidArgumentError } from 'commander'
import {
  DEVICE_TYPES,
  type DeviceType,
  type Instant,
  instantOf,
  parseDeviceType,
} from '../core/device/device.ts'
import { HOUR_MS, MINUTE_MS } from '../core/device/durations.ts'
import { type DeviceKey, parseEui64 } from '../core/duis/eui64.ts'
import type { Direction } from '../core/duis/facts.ts'
import { type Month, parseMonth } from '../core/report/month.ts'

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

/** A calendar month in UTC, such as `2026-10`. */
export function monthOption(text: string): Month {
  const month = parseMonth(text)
  if (month) return month
  throw new InvalidArgumentError(`"${text}" is not a month; give one like 2026-10.`)
}

export function urlOption(text: string): URL {
  const url = URL.parse(text)
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new InvalidArgumentError(`"${text}" is not an http or https URL.`)
}

const MILLISECONDS = { s: 1_000, m: MINUTE_MS, h: HOUR_MS } as const

/** A length of time such as `60s`, `10m` or `2h`, in milliseconds. */
export function durationOption(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})([smh])$/.exec(text) ?? []
  if (unit === 's' || unit === 'm' || unit === 'h') return Number(number) * MILLISECONDS[unit]
  throw new InvalidArgumentError(`"${text}" is not a length of time; give one like 60s, 10m or 2h.`)
}

const BYTES = { kB: 1_000, MB: 1_000_000, GB: 1_000_000_000 } as const

/** A size such as `500kB`, `100MB` or `2GB`, in bytes; a thousand kB are one MB. */
export function sizeOption(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,5})(kB|MB|GB)$/.exec(text) ?? []
  if (unit === 'kB' || unit === 'MB' || unit === 'GB') return Number(number) * BYTES[unit]
  throw new InvalidArgumentError(`"${text}" is not a size; give one like 500kB, 100MB or 2GB.`)
}

/** A number above 0, and not above `most`. */
export function positiveOption(most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : 0
    if (number > 0 && number <= most) return number
    throw new InvalidArgumentError(`"${text}" is not a number above 0 and up to ${most}.`)
  }
}

/** A whole number from 1 to `most`. */
export function countOption(most: number): (text: string) => number {
  return (text) => {
    const number = positiveOption(most)(text)
    if (Number.isInteger(number)) return number
    throw new InvalidArgumentError(`"${text}" is not a whole number.`)
  }
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
