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
import { parseMonth } from '../core/report/span.ts'

/** The reader of an option's value. `what` reads on after "is not"; a text that `read` finds nothing in is a usage error. */
export function optionOf<Value>(read: (text: string) => Value | undefined, what: string) {
  return (text: string): Value => {
    const value = read(text)
    if (value !== undefined) return value
    throw new InvalidArgumentError(`"${text}" is not ${what}`)
  }
}

/** A Device ID in either letter case. */
export const deviceIdOption = optionOf(
  parseEui64,
  'a Device ID; give eight hex pairs, for example 00-DB-12-34-56-78-90-A0.',
)

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
export const instantOption = optionOf(instantIn, 'a time with its zone; give one like 2027-01-31T09:00:00Z.')

function instantIn(text: string): Instant | undefined {
  const milliseconds = /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(milliseconds) ? undefined : instantOf(milliseconds)
}

/** A calendar month in UTC, such as `2026-10`. */
export const monthOption = optionOf(parseMonth, 'a month; give one like 2026-10.')

export const urlOption = optionOf(urlIn, 'an http or https URL.')

function urlIn(text: string): URL | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) ? url : undefined
}

/** A number of units such as `60s`, in the smallest of them. */
function inUnits(units: Readonly<Record<string, number>>) {
  return (text: string): number | undefined => {
    const [, number, unit = ''] = /^([1-9]\d{0,5})([A-Za-z]+)$/.exec(text) ?? []
    return number !== undefined && Object.hasOwn(units, unit)
      ? Number(number) * (units[unit] ?? 0)
      : undefined
  }
}

/** A length of time such as `60s`, `10m` or `2h`, in milliseconds. */
export const durationOption = optionOf(
  inUnits({ s: 1_000, m: MINUTE_MS, h: HOUR_MS }),
  'a length of time; give one like 60s, 10m or 2h.',
)

/** A size such as `500kB`, `100MB` or `2GB`, in bytes; a thousand kB are one MB. */
export const sizeOption = optionOf(
  inUnits({ kB: 1_000, MB: 1_000_000, GB: 1_000_000_000 }),
  'a size; give one like 500kB, 100MB or 2GB.',
)

/** A number above 0, and not above `most`. */
export function positiveOption(most: number): (text: string) => number {
  return optionOf((text) => {
    const number = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Number(text) : 0
    return number > 0 && number <= most ? number : undefined
  }, `a number above 0 and up to ${most}.`)
}

/** A whole number from 1 to `most`. */
export function countOption(most: number): (text: string) => number {
  const positive = positiveOption(most)
  const whole = optionOf(
    (text) => (Number.isInteger(Number(text)) ? Number(text) : undefined),
    'a whole number.',
  )
  return (text) => positive(text) && whole(text)
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
