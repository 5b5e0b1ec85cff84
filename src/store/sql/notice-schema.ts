/** The tables of notices, as a step of the schema. */
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
