/**
 * What the data plane reads, on a connection of its own: it never waits behind a write.
 *
 * `node:sqlite` works on the calling thread. Look-ups therefore take turns: one batch for each turn of the event loop,
 * however many were asked for at once, so that a message with 50,000 Devices does not hold up the others.
 */
import type { StatementSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type DeviceRecord, instantOf, parseDeviceType } from '../../core/device/device.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import { CHANGED_SINCE, DEVICE_CHANGE, POSITION } from '../sql/changes.ts'
import { columnOfKey } from '../sql/columns.ts'
import type { SqlRow } from '../sql/session.ts'
import type { DeviceChange, DeviceRecords } from '../store.ts'
import { attempt, type SqliteDatabase } from './sqlite-database.ts'

const LOOK_UP = `
  SELECT asked.key, device.type, flag.from_ms, flag.until_ms, device.version, flag.version
  FROM json_each(?) AS asked
  LEFT JOIN devices AS device ON device.device_key = asked.value
  LEFT JOIN flags AS flag ON flag.device_key = asked.value`

/**
 * Place in the question, type, from, until, version of inventory row and of flag: a row in an array, which the types of `node:sqlite`
 * do not know. It is not looked through for each message, so it is cast to this.
 */
type LookUpRow = readonly [
  place: number,
  type: string | null,
  fromMs: number | null,
  untilMs: number | null,
  deviceVersion: number | null,
  flagVersion: number | null,
]

export class SqliteRecords implements DeviceRecords {
  readonly #database: SqliteDatabase
  readonly #lookUp: StatementSync
  readonly #position: StatementSync
  readonly #changedSince: StatementSync
  #turn: Promise<unknown> = Promise.resolve()

  constructor(database: SqliteDatabase) {
    const prepare = (text: string) => database.lookUps.database.prepare(text)
    this.#database = database
    // It gives no keys back, so it reads plain numbers in arrays, which is about a third faster.
    this.#lookUp = prepare(LOOK_UP)
    this.#lookUp.setReturnArrays(true)
    this.#position = prepare(POSITION)
    this.#changedSince = prepare(CHANGED_SINCE)
    this.#changedSince.setReadBigInts(true)
  }

  async load(keys: readonly DeviceKey[]): Promise<DeviceRecord[]> {
    await this.#takeTurn()
    return this.#ask(`looking up ${keys.length} Devices`, () => {
      const rows = this.#lookUp.all(`[${keys.map(columnOfKey).join()}]`) as unknown as LookUpRow[]
      const byPlace = new Map(rows.map((row) => [row[0], row]))
      return keys.map((key, place) => recordOf(key, byPlace.get(place)))
    })
  }

  position(): Promise<number> {
    return this.#ask('reading the position', () => {
      this.#database.mustBeSameFile()
      return Number(this.#position.get()?.sequence)
    })
  }

  changedSince(position: number, limit: number): Promise<DeviceChange[]> {
    return this.#ask('reading changes', () => {
      this.#database.mustBeSameFile()
      return this.#changedSince.all(position, limit).map((row) => DEVICE_CHANGE.read(row as SqlRow))
    })
  }

  #takeTurn(): Promise<unknown> {
    const turn = this.#turn
    this.#turn = turn.then(() => nextTurn())
    return turn
  }

  async #ask<Result>(doing: string, question: () => Result): Promise<Result> {
    const turns = this.#database.lookUpTurns
    if (!turns) return attempt(doing, question)
    return turns.take(async () => attempt(doing, question))
  }
}

function recordOf(key: DeviceKey, row: LookUpRow | undefined): DeviceRecord {
  const [, type = null, fromMs = null, untilMs = null, deviceVersion = null, flagVersion = null] = row ?? []
  return {
    key,
    type: type === null ? undefined : parseDeviceType(type),
    restriction:
      fromMs === null
        ? undefined
        : { from: instantOf(fromMs), until: untilMs === null ? undefined : instantOf(untilMs) },
    ...(deviceVersion === null && { isUnlisted: true }),
    version: Math.max(deviceVersion ?? 0, flagVersion ?? 0),
  }
}
