/** What the data plane reads: one statement for a batch, without a transaction around it. */
import { type DeviceRecord, parseDeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { CHANGED_SINCE, DEVICE_CHANGE, POSITION } from '../sql/changes.ts'
import { columnOfKey, numberOf, textOf } from '../sql/columns.ts'
import { FLAG } from '../sql/flags.ts'
import type { SqlRow, SqlValue } from '../sql/session.ts'
import type { DeviceChange, DeviceRecords } from '../store.ts'
import { attempt, type PostgresDatabase } from './postgres-database.ts'
import { EPOCH } from './postgres-epochs.ts'
import { integerArray, numbered } from './postgres-session.ts'

/**
 * First a row for no Device, with the epoch, then one for each Device asked that the store knows anything of; `place` counts
 * from 1, where nothing is asked.
 */
const LOOK_UP = `
  SELECT asked.place, devices.type, flags.from_ms, flags.until_ms,
    devices.version AS device_version, flags.version AS flag_version, epoch.*
  FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (device_key, place)
  LEFT JOIN devices ON devices.device_key = asked.device_key
  LEFT JOIN flags ON flags.device_key = asked.device_key
  LEFT JOIN (${EPOCH}) AS epoch ON asked.place = 1
  WHERE devices.device_key IS NOT NULL OR flags.device_key IS NOT NULL OR asked.place = 1
  ORDER BY asked.place`

/** Any other question with the epoch; one row without `sequence` where it has no answer. */
const withEpoch = (question: string) =>
  `SELECT epoch.*, answer.* FROM (${EPOCH}) AS epoch LEFT JOIN (${question}) AS answer ON TRUE`

const CHANGES = `${withEpoch(CHANGED_SINCE)} ORDER BY answer.sequence`
const POSITION_NOW = withEpoch(POSITION)

export class PostgresRecords implements DeviceRecords {
  readonly #database: PostgresDatabase
  readonly #timeoutMs: number

  /** `timeoutMs`: what one question may take. */
  constructor(database: PostgresDatabase, timeoutMs: number) {
    this.#database = database
    this.#timeoutMs = timeoutMs
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    const asked = integerArray([null, ...keys.map(columnOfKey)])
    const rows = await this.#ask(`looking up ${keys.length} Devices`, LOOK_UP, asked)
    const byPlace = new Map(rows.map((row) => [numberOf(row.place), row]))
    return keys.map((key, index) => recordOf(key, byPlace.get(index + 2)))
  }

  async position(): Promise<number> {
    const [row] = await this.#ask('reading the position', POSITION_NOW)
    return numberOf(row?.sequence)
  }

  async changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    const rows = await this.#ask('reading changes', CHANGES, position, limit)
    return rows.filter((row) => row.sequence !== null).map(DEVICE_CHANGE.read)
  }

  #ask(doing: string, text: string, ...values: SqlValue[]): Promise<SqlRow[]> {
    const query = { text: numbered(text), values, timeoutMs: this.#timeoutMs }
    return attempt(doing, () => this.#database.ask(query))
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
