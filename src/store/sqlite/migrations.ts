/**
 * The schema of the SQLite store, as steps that are applied at start, each once, each in a transaction.
 *
 * Steps only expand: a step adds tables, columns and indexes, and what it replaces goes a release later. A released step
 * is never edited; write the next one.
 *
 * Keys are EUI-64 as signed 64-bit integers, so that `printf('%016X', device_key)` shows the Device ID. Times are
 * milliseconds since 1970. `changes` is the one sequence of the store; every row that changes names its entry there, which
 * is written first: a deferred reference would make SQLite scan the referring table at every change.
 */
import type { DatabaseSync } from 'node:sqlite'
import { StoreTooNew } from '../store.ts'

const DEVICES_AND_FLAGS = `
  CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY,
    device_key INTEGER NOT NULL,
    recorded_ms INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE devices (
    device_key INTEGER PRIMARY KEY,
    type TEXT,
    hub_key INTEGER,
    mpxn TEXT,
    status TEXT,
    region TEXT,
    generation TEXT,
    version INTEGER NOT NULL REFERENCES changes (sequence)
  ) STRICT;
  CREATE INDEX devices_by_mpxn ON devices (mpxn) WHERE mpxn IS NOT NULL;

  -- The flag stands by itself: no reference to devices, so that it outlives an inventory row and may precede it.
  -- from_ms is NULL once a flag was taken back before it began; the row stays because its version must not go back.
  CREATE TABLE restrictions (
    device_key INTEGER PRIMARY KEY,
    from_ms INTEGER,
    until_ms INTEGER CHECK (until_ms IS NULL OR until_ms > from_ms),
    version INTEGER NOT NULL REFERENCES changes (sequence)
  ) STRICT;

  CREATE TABLE restriction_history (
    sequence INTEGER PRIMARY KEY REFERENCES changes (sequence),
    device_key INTEGER NOT NULL,
    from_ms INTEGER,
    until_ms INTEGER
  ) STRICT;
  CREATE INDEX restriction_history_by_device ON restriction_history (device_key, sequence);
`

/** Step n brings the schema from version n to n + 1. */
const STEPS: readonly string[] = [DEVICES_AND_FLAGS]

/** Schema version that this code reads and writes. */
export const SCHEMA_VERSION = STEPS.length

/** Brings the schema to this code's version. Throws StoreTooNew when it is past it already, and SQLite's own errors. */
export function migrate(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    applySteps(database)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

function applySteps(database: DatabaseSync): void {
  database.exec('CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) STRICT')
  const found = Number(
    database.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_version').get()?.version,
  )
  if (found > SCHEMA_VERSION) throw new StoreTooNew(found, SCHEMA_VERSION)
  const record = database.prepare('INSERT INTO schema_version (version) VALUES (?)')
  for (const [index, step] of STEPS.entries()) {
    if (index < found) continue
    database.exec(step)
    record.run(index + 1)
  }
}
