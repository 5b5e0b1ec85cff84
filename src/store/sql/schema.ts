/**
 * The schema, as steps that are applied at start, each once, all under one lock. `docs/store.md` has it in words.
 *
 * Steps only expand: a step adds tables, columns and indexes, and what it replaces goes a release later. A released step
 * is never edited; write the next one. Plain tables and indexes only: no server-side functions, triggers or foreign keys, so
 * that a replicated or sharded PostgreSQL can hold them.
 */
import { randomUUID } from 'node:crypto'
import { EMPTY_CHAIN } from '../../core/restriction/audit-chain.ts'
import { StoreRefused, StoreTooNew } from '../store.ts'
import { FLAG_NEWS } from './flag-news.ts'
import type { SqlDialect } from './session.ts'

/** The statements of each step. INT and TEXT stand for the types that a dialect has for integers and text. */
const steps = (): readonly (readonly string[])[] => [
  [
    // A name of this store that no other has: a store that was made anew answers another one.
    'CREATE TABLE store_identity (id TEXT PRIMARY KEY)',
    `INSERT INTO store_identity VALUES ('${randomUUID()}')`,
    // The head row: whoever has it locked is the only writer.
    `CREATE TABLE head (
      id INT PRIMARY KEY, sequence INT NOT NULL, audit_count INT NOT NULL, audit_hash TEXT NOT NULL)`,
    `INSERT INTO head VALUES (1, 0, ${EMPTY_CHAIN.count}, '${EMPTY_CHAIN.hash}')`,
    `CREATE TABLE changes (
      sequence INT PRIMARY KEY, device_key INT, restriction_id TEXT, recorded_ms INT NOT NULL)`,
    // Changes up to and with "through" that no earlier row covers were in force everywhere at at_ms.
    'CREATE TABLE confirmations (through INT PRIMARY KEY, at_ms INT NOT NULL)',
    `CREATE TABLE devices (
      device_key INT PRIMARY KEY, type TEXT, hub_key INT, mpxn TEXT, status TEXT, region TEXT,
      generation TEXT, version INT NOT NULL)`,
    'CREATE INDEX devices_by_mpxn ON devices (mpxn) WHERE mpxn IS NOT NULL',
    'CREATE INDEX devices_by_hub ON devices (hub_key) WHERE hub_key IS NOT NULL',
    `CREATE TABLE registrations (
      mpxn TEXT NOT NULL, role TEXT NOT NULL, from_ms INT NOT NULL, party TEXT NOT NULL, until_ms INT,
      PRIMARY KEY (mpxn, role, from_ms))`,
    `CREATE TABLE restrictions (
      id TEXT PRIMARY KEY, mpxn TEXT, fuel TEXT NOT NULL, meter_key INT NOT NULL, from_ms INT NOT NULL,
      until_ms INT, is_closed INT NOT NULL, set_by_party TEXT NOT NULL, set_by_role TEXT NOT NULL,
      set_by_name TEXT NOT NULL, on_behalf_of TEXT, ticket TEXT, reference TEXT, declaration TEXT NOT NULL,
      clear_reason TEXT, version INT NOT NULL, sequence INT NOT NULL, recorded_ms INT NOT NULL)`,
    'CREATE INDEX restrictions_by_mpxn ON restrictions (mpxn) WHERE mpxn IS NOT NULL',
    `CREATE TABLE members (
      device_key INT NOT NULL, restriction_id TEXT NOT NULL, from_ms INT NOT NULL, until_ms INT,
      PRIMARY KEY (device_key, restriction_id))`,
    'CREATE INDEX members_by_restriction ON members (restriction_id)',
    // What the data plane reads, worked out from members. No reference to devices: a flag outlives an inventory row and may
    // precede it. from_ms is NULL once there is no flag; the row stays because its version must not go back.
    'CREATE TABLE flags (device_key INT PRIMARY KEY, from_ms INT, until_ms INT, version INT NOT NULL)',
    'CREATE TABLE flag_history (sequence INT PRIMARY KEY, device_key INT NOT NULL, from_ms INT, until_ms INT)',
    'CREATE INDEX flag_history_by_device ON flag_history (device_key, sequence)',
    `CREATE TABLE tasks (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, restriction_id TEXT NOT NULL, party TEXT NOT NULL,
      created_ms INT NOT NULL, due_ms INT NOT NULL, clear_ms INT, done_ms INT, outcome TEXT)`,
    'CREATE INDEX tasks_by_party ON tasks (party, id)',
    'CREATE INDEX tasks_by_restriction ON tasks (restriction_id, id)',
    'CREATE INDEX tasks_to_clear ON tasks (clear_ms) WHERE clear_ms IS NOT NULL AND done_ms IS NULL',
    `CREATE TABLE audit (
      place INT PRIMARY KEY, at_ms INT NOT NULL, actor_party TEXT NOT NULL, actor_role TEXT NOT NULL,
      actor_name TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL, detail TEXT NOT NULL,
      previous TEXT NOT NULL, hash TEXT NOT NULL)`,
    'CREATE INDEX audit_by_subject ON audit (subject, place)',
    'CREATE INDEX audit_by_party ON audit (actor_party, place)',
    `CREATE TABLE gateways (
      id TEXT PRIMARY KEY, sequence INT NOT NULL, state TEXT NOT NULL, table_revision TEXT NOT NULL,
      counts TEXT NOT NULL, seen_ms INT NOT NULL, live_until_ms INT NOT NULL)`,
    `CREATE TABLE traffic_events (
      decision TEXT NOT NULL, event TEXT NOT NULL, at_ms INT NOT NULL, codes TEXT NOT NULL,
      devices TEXT NOT NULL, user_key INT, request_id TEXT, stage TEXT, PRIMARY KEY (decision, event))`,
    'CREATE INDEX traffic_events_by_request ON traffic_events (request_id) WHERE request_id IS NOT NULL',
    `CREATE TABLE idempotent_answers (
      party TEXT NOT NULL, request_key TEXT NOT NULL, request_hash TEXT NOT NULL, answer TEXT NOT NULL,
      at_ms INT NOT NULL, PRIMARY KEY (party, request_key))`,
    // Rows of an import that is under way; see import-run.ts.
    `CREATE TABLE import_progress (
      id INT PRIMARY KEY, hash TEXT NOT NULL, staged INT NOT NULL, is_merged INT NOT NULL)`,
    `CREATE TABLE staged_devices (
      place INT PRIMARY KEY, device_key INT NOT NULL, type TEXT, hub_key INT, mpxn TEXT, status TEXT,
      region TEXT, generation TEXT, is_known INT NOT NULL DEFAULT 0)`,
    `CREATE TABLE staged_registrations (
      place INT PRIMARY KEY, mpxn TEXT NOT NULL, role TEXT NOT NULL, from_ms INT NOT NULL,
      party TEXT NOT NULL, until_ms INT, is_known INT NOT NULL DEFAULT 0)`,
  ],
  [
    // Who does what only one may do at a time; see `Leases`.
    'CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, until_ms INT NOT NULL)',
    // When prepayment traffic of a Device was last seen: traffic_events by Device, as far as a set request asks for it.
    'CREATE TABLE prepayment_sightings (device_key INT PRIMARY KEY, at_ms INT NOT NULL)',
    // For those that have grown old.
    'CREATE INDEX idempotent_answers_by_age ON idempotent_answers (at_ms)',
  ],
  [
    // The outbox: what the flag of a Device was after a change, and tasks that were made. Emptied as notices are made of it.
    `CREATE TABLE flag_news (
      sequence INT NOT NULL, device_key INT NOT NULL, hub_key INT, region TEXT, from_ms INT, until_ms INT,
      is_closed INT NOT NULL, at_ms INT NOT NULL, PRIMARY KEY (sequence, device_key))`,
    'CREATE TABLE task_news (task_id TEXT PRIMARY KEY)',
    // What a partner was last told of a Device; due_ms is when that changes by the clock.
    `CREATE TABLE told (
      device_key INT NOT NULL, party TEXT NOT NULL, hub_key INT, region TEXT, from_ms INT, until_ms INT,
      phase TEXT NOT NULL, due_ms INT, notices INT NOT NULL, PRIMARY KEY (device_key, party))`,
    'CREATE INDEX told_due ON told (due_ms) WHERE due_ms IS NOT NULL',
    `CREATE TABLE notices (
      place INT PRIMARY KEY, id TEXT NOT NULL, party TEXT NOT NULL, device_key INT, number INT NOT NULL,
      kind TEXT NOT NULL, content TEXT NOT NULL, created_ms INT NOT NULL, state TEXT NOT NULL,
      attempts INT NOT NULL, refusals INT NOT NULL, next_ms INT NOT NULL, problem TEXT, settled_ms INT)`,
    'CREATE UNIQUE INDEX notices_by_id ON notices (id)',
    'CREATE INDEX notices_by_party ON notices (party, place)',
    'CREATE INDEX notices_by_device ON notices (device_key, place)',
    "CREATE INDEX notices_waiting ON notices (party, place) WHERE state = 'waiting'",
    "CREATE INDEX notices_unsettled ON notices (party, device_key, place) WHERE state IN ('waiting', 'dead')",
    'CREATE INDEX notices_settled ON notices (settled_ms) WHERE settled_ms IS NOT NULL',
    'CREATE TABLE notice_head (id INT PRIMARY KEY, place INT NOT NULL, partners TEXT NOT NULL)',
    "INSERT INTO notice_head VALUES (1, 0, '')",
    // Flags that were set before there were notices are in the outbox from the start.
    `INSERT INTO flag_news ${FLAG_NEWS} WHERE flags.from_ms IS NOT NULL`
      .replace('?', '0')
      .replace('?', '(SELECT coalesce(max(recorded_ms), 0) FROM changes)'),
  ],
  [
    `CREATE TABLE table_revisions (
      hash TEXT PRIMARY KEY, revision TEXT NOT NULL, name TEXT NOT NULL, content TEXT NOT NULL,
      kept_ms INT NOT NULL)`,
    'CREATE INDEX table_revisions_by_name ON table_revisions (revision)',
    `CREATE TABLE table_proposals (
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, hash TEXT NOT NULL, revision TEXT NOT NULL,
      name TEXT NOT NULL, is_shadow INT NOT NULL, reason TEXT NOT NULL, from_ms INT, basis TEXT,
      tests TEXT NOT NULL, proposed_by TEXT NOT NULL, proposed_ms INT NOT NULL, state TEXT NOT NULL,
      decided_by TEXT, decided_ms INT, note TEXT, in_force_ms INT)`,
    "CREATE INDEX table_proposals_in_force ON table_proposals (in_force_ms) WHERE state = 'approved'",
    "CREATE INDEX table_proposals_open ON table_proposals (id) WHERE state = 'proposed'",
  ],
  [
    // Where a Device was until it moved; where it is now is in devices.
    `CREATE TABLE past_placements (
      device_key INT NOT NULL, until_ms INT NOT NULL, hub_key INT, region TEXT, generation TEXT,
      PRIMARY KEY (device_key, until_ms))`,
    `CREATE TABLE report_journals (
      journal TEXT PRIMARY KEY, name TEXT NOT NULL, rolled_bytes INT NOT NULL, records INT NOT NULL,
      unreadable INT NOT NULL, first_ms INT, last_ms INT)`,
    // A key or text that is absent is 0 or '' where it is part of a primary key.
    `CREATE TABLE report_counts (
      month TEXT NOT NULL, kind TEXT NOT NULL, code TEXT NOT NULL, class TEXT NOT NULL,
      region TEXT NOT NULL, generation TEXT NOT NULL, user_key INT NOT NULL, fate TEXT NOT NULL,
      is_restricted INT NOT NULL, messages INT NOT NULL,
      PRIMARY KEY (month, kind, code, class, region, generation, user_key, fate, is_restricted))`,
    `CREATE TABLE report_blocked (
      month TEXT NOT NULL, device_key INT NOT NULL, hub_key INT NOT NULL, region TEXT NOT NULL,
      generation TEXT NOT NULL, supplier TEXT NOT NULL, class TEXT NOT NULL, fate TEXT NOT NULL,
      messages INT NOT NULL,
      PRIMARY KEY (month, device_key, hub_key, region, generation, supplier, class, fate))`,
    // heard_ms is 0 while nothing was heard since.
    `CREATE TABLE report_sightings (
      device_key INT PRIMARY KEY, trouble TEXT NOT NULL, trouble_ms INT NOT NULL, heard_ms INT NOT NULL)`,
    'CREATE TABLE report_lists (revision TEXT PRIMARY KEY, name TEXT NOT NULL, content TEXT NOT NULL)',
    `CREATE TABLE report_list_days (
      day TEXT NOT NULL, revision TEXT NOT NULL, first_ms INT NOT NULL, last_ms INT NOT NULL,
      messages INT NOT NULL, PRIMARY KEY (day, revision))`,
    `CREATE TABLE leak_checks (
      month TEXT NOT NULL, gateway TEXT NOT NULL, at_ms INT NOT NULL, outcome TEXT NOT NULL,
      PRIMARY KEY (month, gateway))`,
    'CREATE INDEX traffic_events_by_age ON traffic_events (at_ms)',
  ],
  ['CREATE INDEX audit_by_time ON audit (at_ms, place)'],
  [
    'ALTER TABLE traffic_events ADD COLUMN schedule_id TEXT',
    'ALTER TABLE traffic_events ADD COLUMN schedule_until_ms INT',
    // Without a device_key: a schedule that was deleted before anybody told of its creation. dark_ms is when its owner is to be
    // told, told_ms the start of the flag that the owner was told of.
    `CREATE TABLE schedules (
      schedule_id TEXT PRIMARY KEY, device_key INT, owner_key INT, srvs TEXT NOT NULL,
      created_ms INT NOT NULL, until_ms INT, dark_ms INT, told_ms INT)`,
    'CREATE INDEX schedules_by_device ON schedules (device_key) WHERE device_key IS NOT NULL',
    'CREATE INDEX schedules_going_dark ON schedules (dark_ms) WHERE dark_ms IS NOT NULL',
  ],
  [
    `CREATE TABLE incidents (
      reference TEXT PRIMARY KEY, from_ms INT NOT NULL, until_ms INT, regions TEXT NOT NULL,
      srvs TEXT NOT NULL)`,
    'CREATE INDEX schedules_by_end ON schedules (until_ms) WHERE until_ms IS NOT NULL',
  ],
  [
    // What a message says about which Devices make up a home, and the requests of late, for those that wait for their answer.
    'ALTER TABLE traffic_events ADD COLUMN home TEXT',
    "CREATE INDEX traffic_requests_by_time ON traffic_events (at_ms) WHERE stage = 'requested'",
  ],
  [
    // One row for each time in which a server was the primary; nothing is called in force before held_until_ms.
    `CREATE TABLE epochs (
      number INT PRIMARY KEY, server TEXT NOT NULL, timeline INT NOT NULL, id TEXT NOT NULL,
      began_ms INT NOT NULL, held_until_ms INT NOT NULL)`,
    // The latest time that a change was recorded at: the store's clock does not go back behind it.
    'ALTER TABLE head ADD COLUMN recorded_ms INT NOT NULL DEFAULT 0',
    // The process that has a gateway's name. place is what it has locked; behind, whether its clock is too far behind to count.
    'ALTER TABLE gateways ADD COLUMN instance TEXT',
    'ALTER TABLE gateways ADD COLUMN host TEXT',
    'ALTER TABLE gateways ADD COLUMN pid INT',
    'ALTER TABLE gateways ADD COLUMN place TEXT',
    'ALTER TABLE gateways ADD COLUMN since_ms INT',
    'ALTER TABLE gateways ADD COLUMN skew_ms INT',
    'ALTER TABLE gateways ADD COLUMN behind INT',
    'ALTER TABLE gateways ADD COLUMN epoch INT',
  ],
  [
    // The earliest duisgate that works with the schema as the step leaves it, by the version that it knows; see LEAST.
    'ALTER TABLE schema_version ADD COLUMN least INT',
    // Observed events of gateways whose role may not change flags; a control plane takes them. As traffic_events.
    `CREATE TABLE left_events (
      decision TEXT NOT NULL, event TEXT NOT NULL, at_ms INT NOT NULL, codes TEXT NOT NULL,
      devices TEXT NOT NULL, user_key INT, request_id TEXT, stage TEXT, schedule_id TEXT,
      schedule_until_ms INT, home TEXT, PRIMARY KEY (decision, event))`,
  ],
  [
    // Tokens that people made themselves, by their hash; those of the configuration are not here.
    `CREATE TABLE access_tokens (
      id TEXT PRIMARY KEY, token_hash TEXT NOT NULL, party TEXT NOT NULL, name TEXT NOT NULL,
      roles TEXT NOT NULL, purpose TEXT NOT NULL, made_ms INT NOT NULL, expires_ms INT NOT NULL,
      revoked_ms INT, revoked_by TEXT)`,
    'CREATE UNIQUE INDEX access_tokens_by_hash ON access_tokens (token_hash)',
    'CREATE INDEX access_tokens_by_owner ON access_tokens (party, name, id)',
  ],
  ['ALTER TABLE incidents ADD COLUMN device_key INT', 'ALTER TABLE incidents ADD COLUMN opened_by TEXT'],
]

/** Schema version that this code reads and writes. */
export const SCHEMA_VERSION = steps().length

/** The step from which on the schema says with which versions of duisgate it may be used. */
const SAYS_LEAST_SINCE = 11

/**
 * The earliest version that works with the newest schema. Steps only add, so it stays: a duisgate of the release before goes on,
 * and may start, beside those of the next. A step that takes something away raises it to its own number.
 */
const LEAST = SAYS_LEAST_SINCE

/** Where the version is kept: one row for each step applied. */
export const VERSIONS = {
  create: 'CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)',
  read: 'SELECT coalesce(max(version), 0) AS version FROM schema_version',
  /** Of a schema past this code's; the earliest version of duisgate that may use it. */
  least: 'SELECT max(coalesce(least, version)) AS least FROM schema_version',
} as const

/**
 * The statements that bring a schema of version `found` to this code's. `least` counts where it is past that. Throws
 * StoreTooNew, and StoreRefused where it is behind and never to be changed.
 */
export function statementsSince(
  found: number,
  least: number,
  dialect: SqlDialect,
  migrate: Migrate = 'auto',
): readonly string[] {
  if (found > SCHEMA_VERSION && least > SCHEMA_VERSION) throw new StoreTooNew(found, SCHEMA_VERSION)
  if (found < SCHEMA_VERSION && migrate === 'never') throw isBehind(found)
  return steps()
    .slice(found)
    .flatMap((step, index) => [
      ...step.map((statement) => inDialect(statement, dialect)),
      versionRow(found + index + 1),
    ])
}

/** Whether a store may be brought up to date as it is opened. */
export type Migrate = 'auto' | 'never'

function isBehind(found: number): StoreRefused {
  const what = `its schema has version ${found}, this duisgate needs ${SCHEMA_VERSION}`
  return new StoreRefused(
    'being opened',
    new Error(`${what}; run "duisgate schema migrate" as a role that may`),
  )
}

function versionRow(version: number): string {
  return version < SAYS_LEAST_SINCE
    ? `INSERT INTO schema_version (version) VALUES (${version})`
    : `INSERT INTO schema_version (version, least) VALUES (${version}, ${LEAST})`
}

function inDialect(statement: string, { int, text, tableEnd }: SqlDialect): string {
  const typed = statement.replace(/\bINT\b/g, int).replace(/\bTEXT\b/g, text)
  return typed.startsWith('CREATE TABLE') ? `${typed}${tableEnd}` : typed
}
