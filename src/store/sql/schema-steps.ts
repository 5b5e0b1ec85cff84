/** Later steps of the schema: the tables of notices, policy tables, reports, DCC schedules and incidents. */
import { FLAG_NEWS } from './flag-news.ts'
import type { SqlDialect } from './session.ts'

/** Flags that were set before there were notices are in the outbox from the start. */
export function noticeTables({ int, text, tableEnd }: SqlDialect): readonly string[] {
  const notice = `
    place ${int} PRIMARY KEY, id ${text} NOT NULL, party ${text} NOT NULL, device_key ${int},
    number ${int} NOT NULL, kind ${text} NOT NULL, content ${text} NOT NULL, created_ms ${int} NOT NULL,
    state ${text} NOT NULL, attempts ${int} NOT NULL, refusals ${int} NOT NULL, next_ms ${int} NOT NULL,
    problem ${text}, settled_ms ${int}`
  return [
    // The outbox: how Devices stood after a change, and tasks that were made. Emptied as notices are made of it.
    `CREATE TABLE flag_news (
      sequence ${int} NOT NULL,
      device_key ${int} NOT NULL,
      hub_key ${int},
      region ${text},
      from_ms ${int},
      until_ms ${int},
      is_closed ${int} NOT NULL,
      at_ms ${int} NOT NULL,
      PRIMARY KEY (sequence, device_key)
    )${tableEnd}`,
    `CREATE TABLE task_news (task_id ${text} PRIMARY KEY)${tableEnd}`,
    // What a partner was last told of a Device; due_ms is when that changes by the clock.
    `CREATE TABLE told (
      device_key ${int} NOT NULL,
      party ${text} NOT NULL,
      hub_key ${int},
      region ${text},
      from_ms ${int},
      until_ms ${int},
      phase ${text} NOT NULL,
      due_ms ${int},
      notices ${int} NOT NULL,
      PRIMARY KEY (device_key, party)
    )${tableEnd}`,
    'CREATE INDEX told_due ON told (due_ms) WHERE due_ms IS NOT NULL',
    `CREATE TABLE notices (${notice})${tableEnd}`,
    'CREATE UNIQUE INDEX notices_by_id ON notices (id)',
    'CREATE INDEX notices_by_party ON notices (party, place)',
    'CREATE INDEX notices_by_device ON notices (device_key, place)',
    "CREATE INDEX notices_waiting ON notices (party, place) WHERE state = 'waiting'",
    "CREATE INDEX notices_unsettled ON notices (party, device_key, place) WHERE state IN ('waiting', 'dead')",
    'CREATE INDEX notices_settled ON notices (settled_ms) WHERE settled_ms IS NOT NULL',
    `CREATE TABLE notice_head (id ${int} PRIMARY KEY, place ${int} NOT NULL, partners ${text} NOT NULL)${tableEnd}`,
    "INSERT INTO notice_head VALUES (1, 0, '')",
    `INSERT INTO flag_news ${FLAG_NEWS} WHERE flags.from_ms IS NOT NULL`
      .replace('?', '0')
      .replace('?', '(SELECT coalesce(max(recorded_ms), 0) FROM changes)'),
  ]
}

/** A key or text that is absent is 0 or '' where it is part of a primary key. */
export function reportTables({ int, text, tableEnd }: SqlDialect): readonly string[] {
  return [
    // Where a Device was until it moved; where it is now is in devices.
    `CREATE TABLE past_placements (
      device_key ${int} NOT NULL,
      until_ms ${int} NOT NULL,
      hub_key ${int},
      region ${text},
      generation ${text},
      PRIMARY KEY (device_key, until_ms)
    )${tableEnd}`,
    `CREATE TABLE report_journals (
      journal ${text} PRIMARY KEY,
      name ${text} NOT NULL,
      rolled_bytes ${int} NOT NULL,
      records ${int} NOT NULL,
      unreadable ${int} NOT NULL,
      first_ms ${int},
      last_ms ${int}
    )${tableEnd}`,
    `CREATE TABLE report_counts (
      month ${text} NOT NULL,
      kind ${text} NOT NULL,
      code ${text} NOT NULL,
      class ${text} NOT NULL,
      region ${text} NOT NULL,
      generation ${text} NOT NULL,
      user_key ${int} NOT NULL,
      fate ${text} NOT NULL,
      is_restricted ${int} NOT NULL,
      messages ${int} NOT NULL,
      PRIMARY KEY (month, kind, code, class, region, generation, user_key, fate, is_restricted)
    )${tableEnd}`,
    `CREATE TABLE report_blocked (
      month ${text} NOT NULL,
      device_key ${int} NOT NULL,
      hub_key ${int} NOT NULL,
      region ${text} NOT NULL,
      generation ${text} NOT NULL,
      supplier ${text} NOT NULL,
      class ${text} NOT NULL,
      fate ${text} NOT NULL,
      messages ${int} NOT NULL,
      PRIMARY KEY (month, device_key, hub_key, region, generation, supplier, class, fate)
    )${tableEnd}`,
    // heard_ms is 0 while nothing was heard since.
    `CREATE TABLE report_sightings (
      device_key ${int} PRIMARY KEY,
      trouble ${text} NOT NULL,
      trouble_ms ${int} NOT NULL,
      heard_ms ${int} NOT NULL
    )${tableEnd}`,
    `CREATE TABLE report_lists (revision ${text} PRIMARY KEY, name ${text} NOT NULL, content ${text} NOT NULL)${tableEnd}`,
    `CREATE TABLE report_list_days (
      day ${text} NOT NULL,
      revision ${text} NOT NULL,
      first_ms ${int} NOT NULL,
      last_ms ${int} NOT NULL,
      messages ${int} NOT NULL,
      PRIMARY KEY (day, revision)
    )${tableEnd}`,
    `CREATE TABLE leak_checks (
      month ${text} NOT NULL,
      gateway ${text} NOT NULL,
      at_ms ${int} NOT NULL,
      outcome ${text} NOT NULL,
      PRIMARY KEY (month, gateway)
    )${tableEnd}`,
    'CREATE INDEX traffic_events_by_age ON traffic_events (at_ms)',
  ]
}

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
