/** The tables of policy tables, DCC schedules and incidents, as steps of the schema. */
import type { SqlDialect } from './session.ts'

export function policyTables({ int, text, tableEnd }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE table_revisions (
      hash ${text} PRIMARY KEY,
      revision ${text} NOT NULL,
      name ${text} NOT NULL,
      content ${text} NOT NULL,
      kept_ms ${int} NOT NULL
    )${tableEnd}`,
    'CREATE INDEX table_revisions_by_name ON table_revisions (revision)',
    `CREATE TABLE table_proposals (
      id ${text} PRIMARY KEY,
      kind ${text} NOT NULL,
      hash ${text} NOT NULL,
      revision ${text} NOT NULL,
      name ${text} NOT NULL,
      is_shadow ${int} NOT NULL,
      reason ${text} NOT NULL,
      from_ms ${int},
      basis ${text},
      tests ${text} NOT NULL,
      proposed_by ${text} NOT NULL,
      proposed_ms ${int} NOT NULL,
      state ${text} NOT NULL,
      decided_by ${text},
      decided_ms ${int},
      note ${text},
      in_force_ms ${int}
    )${tableEnd}`,
    "CREATE INDEX table_proposals_in_force ON table_proposals (in_force_ms) WHERE state = 'approved'",
    "CREATE INDEX table_proposals_open ON table_proposals (id) WHERE state = 'proposed'",
  ]
}

/**
 * Without a device_key: a schedule that was deleted before anybody told of its creation. dark_ms is when its owner is to be
 * told, told_ms the start of the flag that the owner was told of.
 */
export function scheduleTables({ int, text, tableEnd }: SqlDialect): readonly string[] {
  return [
    `ALTER TABLE traffic_events ADD COLUMN schedule_id ${text}`,
    `ALTER TABLE traffic_events ADD COLUMN schedule_until_ms ${int}`,
    `CREATE TABLE schedules (
      schedule_id ${text} PRIMARY KEY,
      device_key ${int},
      owner_key ${int},
      srvs ${text} NOT NULL,
      created_ms ${int} NOT NULL,
      until_ms ${int},
      dark_ms ${int},
      told_ms ${int}
    )${tableEnd}`,
    'CREATE INDEX schedules_by_device ON schedules (device_key) WHERE device_key IS NOT NULL',
    'CREATE INDEX schedules_going_dark ON schedules (dark_ms) WHERE dark_ms IS NOT NULL',
  ]
}

/** With the index by which schedules that have ended are found. */
export function incidentTables({ int, text, tableEnd }: SqlDialect): readonly string[] {
  return [
    `CREATE TABLE incidents (
      reference ${text} PRIMARY KEY,
      from_ms ${int} NOT NULL,
      until_ms ${int},
      regions ${text} NOT NULL,
      srvs ${text} NOT NULL
    )${tableEnd}`,
    'CREATE INDEX schedules_by_end ON schedules (until_ms) WHERE until_ms IS NOT NULL',
  ]
}
