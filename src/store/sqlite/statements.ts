/**
 * Every statement of the SQLite store, prepared once when the store opens.
 *
 * Statements that give keys back read integers as bigint; the look-up gives none back and reads plain numbers in arrays,
 * which is about a third faster.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'

const LOOK_UP = `
  SELECT asked.key, device.type, flag.from_ms, flag.until_ms, device.version, flag.version
  FROM json_each(?) AS asked
  LEFT JOIN devices AS device ON device.device_key = asked.value
  LEFT JOIN restrictions AS flag ON flag.device_key = asked.value`

const POSITION = 'SELECT coalesce(max(sequence), 0) AS position FROM changes'

const CHANGED_SINCE = `
  SELECT sequence, device_key, recorded_ms FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?`

const APPEND_CHANGE = 'INSERT INTO changes (sequence, device_key, recorded_ms) VALUES (?, ?, ?)'

const PUT_DEVICE = `
  INSERT INTO devices (device_key, type, hub_key, mpxn, status, region, generation, version)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (device_key) DO UPDATE SET
    type = excluded.type, hub_key = excluded.hub_key, mpxn = excluded.mpxn, status = excluded.status,
    region = excluded.region, generation = excluded.generation, version = excluded.version`

const IS_AS_PUT = `
  SELECT 1 FROM devices
  WHERE device_key = ? AND (type, hub_key, mpxn, status, region, generation) IS (?, ?, ?, ?, ?, ?)`

const DEVICE_COLUMNS = 'device_key, type, hub_key, mpxn, status, region, generation'

const LIST_RESTRICTED = `
  SELECT flag.device_key, flag.from_ms, flag.until_ms, max(flag.version, coalesce(device.version, 0)) AS version
  FROM restrictions AS flag
  LEFT JOIN devices AS device ON device.device_key = flag.device_key
  WHERE flag.device_key BETWEEN ? AND ? AND flag.from_ms IS NOT NULL AND (flag.until_ms IS NULL OR flag.until_ms > ?)
  ORDER BY flag.device_key LIMIT ?`

const PUT_RESTRICTION = `
  INSERT INTO restrictions (device_key, from_ms, until_ms, version) VALUES (?, ?, ?, ?)
  ON CONFLICT (device_key) DO UPDATE SET
    from_ms = excluded.from_ms, until_ms = excluded.until_ms, version = excluded.version`

const APPEND_HISTORY = `
  INSERT INTO restriction_history (device_key, from_ms, until_ms, sequence) VALUES (?, ?, ?, ?)`

const HISTORY = `
  SELECT entry.sequence, change.recorded_ms, entry.from_ms, entry.until_ms
  FROM restriction_history AS entry JOIN changes AS change USING (sequence)
  WHERE entry.device_key = ? ORDER BY entry.sequence`

/** The prepared statements by what they do; parameters are in the order of their text above. */
export interface Statements {
  readonly begin: StatementSync
  readonly commit: StatementSync
  readonly rollback: StatementSync
  readonly lookUp: StatementSync
  readonly position: StatementSync
  readonly changedSince: StatementSync
  readonly appendChange: StatementSync
  readonly putDevice: StatementSync
  readonly isAsPut: StatementSync
  readonly device: StatementSync
  readonly devicesOfMeterPoint: StatementSync
  readonly countDevices: StatementSync
  readonly restriction: StatementSync
  readonly putRestriction: StatementSync
  readonly appendHistory: StatementSync
  readonly listRestricted: StatementSync
  readonly history: StatementSync
}

/** Prepares them all; throws SQLite's own error when the schema is not the one expected. */
export function prepareStatements(database: DatabaseSync): Statements {
  const plain = (sql: string) => database.prepare(sql)
  return {
    // A writer takes its lock at once: two writers wait for each other instead of failing at commit.
    begin: plain('BEGIN IMMEDIATE'),
    commit: plain('COMMIT'),
    rollback: plain('ROLLBACK'),
    lookUp: asArrays(plain(LOOK_UP)),
    position: plain(POSITION),
    changedSince: withBigInts(plain(CHANGED_SINCE)),
    appendChange: plain(APPEND_CHANGE),
    putDevice: plain(PUT_DEVICE),
    isAsPut: plain(IS_AS_PUT),
    device: withBigInts(plain(`SELECT ${DEVICE_COLUMNS} FROM devices WHERE device_key = ?`)),
    devicesOfMeterPoint: withBigInts(plain(`SELECT ${DEVICE_COLUMNS} FROM devices WHERE mpxn = ?`)),
    countDevices: plain('SELECT count(*) AS devices FROM devices'),
    restriction: plain('SELECT from_ms, until_ms FROM restrictions WHERE device_key = ?'),
    putRestriction: plain(PUT_RESTRICTION),
    appendHistory: plain(APPEND_HISTORY),
    listRestricted: withBigInts(plain(LIST_RESTRICTED)),
    history: plain(HISTORY),
  }
}

function withBigInts(statement: StatementSync): StatementSync {
  statement.setReadBigInts(true)
  return statement
}

function asArrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true)
  return statement
}
