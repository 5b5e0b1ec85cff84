/** What the data plane reads: one statement for a batch, without a transaction around it. */
import { type DeviceRecord, parseDeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { CHANGED_SINCE, DEVICE_CHANGE, POSITION } from '../sql/changes.ts'
import { columnOfKey, numberOf, textOf } from '../sql/columns.ts'
import { FLAG } from '../sql/flags.ts'
import type { SqlRow, SqlValue } from '../sql/session.ts'
import type { DeviceChange, DeviceRecords } from '../store.ts'
import { attempt, type PostgresDatabase } from './postgres-database.ts'
import { integerArray, numbered } from './postgres-session.ts'

/** One row for each Device asked that the store knows anything of; `place` counts from 1. */
const LOOK_UP = `
  SELECT asked.place, devices.type, flags.from_ms, flags.until_ms,
    devices.version AS device_version, flags.version AS flag_version
  FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (device_key, place)
  LEFT JOIN devices ON devices.device_key = asked.device_key
  LEFT JOIN flags ON flags.device_key = asked.device_key
  WHERE devices.device_key IS NOT NULL OR flags.device_key IS NOT NULL`

export class PostgresRecords implements DeviceRecords {
  readonly #database: PostgresDatabase
  readonly #timeoutMs: number

  /** `timeoutMs`: what one question may take. */
  constructor(database: PostgresDatabase, timeoutMs: number) {
    this.#database = database
    this.#timeoutMs = timeoutMs
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    const asked = integerArray(keys.map(columnOfKey))
    const rows = await this.#ask(`looking up ${keys.length} Devices`, LOOK_UP, asked)
    const byPlace = new Map(rows.map((row) => [numberOf(row.place), row]))
    return keys.map((key, index) => recordOf(key, byPlace.get(index + 1)))
  }

  async position(): Promise<number> {
    const [row] = await this.#ask('reading the position', POSITION)
    return numberOf(row?.sequence)
  }

  async changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return (await this.#ask('reading changes', CHANGED_SINCE, position, limit)).map(DEVICE_CHANGE.read)
  }

  #ask(doing: string, text: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    return attempt(doing, async () => {
      const query = { text: numbered(text), values, timeoutMs: this.#timeoutMs }
      return (await this.#database.query(query)).rows
    })
  }
}

function recordOf(key: DeviceKey, row: SqlRow | undefined): DeviceRecord {
  return {
    key,
    type: parseDeviceType(textOf(row?.type)),
    restriction: row && FLAG.read(row),
    ...(row?.device_version == null && { isUnlisted: true }),
    version: Math.max(numberOf(row?.device_version), numberOf(row?.flag_version)),
  }
}
