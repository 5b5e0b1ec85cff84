/** The tables of reports, as a step of the schema. A key or text that is absent is 0 or '' where it is part of a primary key. */
import type { SqlDialect } from './session.ts'

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
