/**
 * The schema, as steps that are applied at start, each once, all under one lock. `docs/store.md` has it in words.
 *
 * Steps only expand: a step adds tables, columns and indexes, and what it replaces goes a release later. A released step
 * is never edited; write the next one. Plain tables and indexes only: no server-side functions, triggers or foreign keys, so
 * that a replicated or sharded PostgreSQL can hold them.
 */
import { randomUUID } from 'node:crypto'
import { EMPTY_CHAIN } from '../../core/restriction/audit-chain.ts'
import { StoreTooNew } from '../store.ts'
import { incidentTables, noticeTables, policyTables, reportTables, scheduleTables } from './schema-steps.ts'
import type { SqlDialect } from './session.ts'

type Step = (dialect: SqlDialect) => readonly string[]

/** The head row: whoever has it locked is the only writer. */
const head: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE head (
    id ${int} PRIMARY KEY,
    sequence ${int} NOT NULL,
    audit_count ${int} NOT NULL,
    audit_hash ${text} NOT NULL
  )${tableEnd}`,
  `INSERT INTO head VALUES (1, 0, ${EMPTY_CHAIN.count}, '${EMPTY_CHAIN.hash}')`,
]

const changes: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE changes (
    sequence ${int} PRIMARY KEY,
    device_key ${int},
    restriction_id ${text},
    recorded_ms ${int} NOT NULL
  )${tableEnd}`,
  // Changes up to and with "through" that no earlier row covers were in force everywhere at at_ms.
  `CREATE TABLE confirmations (through ${int} PRIMARY KEY, at_ms ${int} NOT NULL)${tableEnd}`,
]

const inventory: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE devices (
    device_key ${int} PRIMARY KEY,
    type ${text},
    hub_key ${int},
    mpxn ${text},
    status ${text},
    region ${text},
    generation ${text},
    version ${int} NOT NULL
  )${tableEnd}`,
  'CREATE INDEX devices_by_mpxn ON devices (mpxn) WHERE mpxn IS NOT NULL',
  'CREATE INDEX devices_by_hub ON devices (hub_key) WHERE hub_key IS NOT NULL',
  `CREATE TABLE registrations (
    mpxn ${text} NOT NULL,
    role ${text} NOT NULL,
    from_ms ${int} NOT NULL,
    party ${text} NOT NULL,
    until_ms ${int},
    PRIMARY KEY (mpxn, role, from_ms)
  )${tableEnd}`,
]

const restrictions: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE restrictions (
    id ${text} PRIMARY KEY,
    mpxn ${text},
    fuel ${text} NOT NULL,
    meter_key ${int} NOT NULL,
    from_ms ${int} NOT NULL,
    until_ms ${int},
    is_closed ${int} NOT NULL,
    set_by_party ${text} NOT NULL,
    set_by_role ${text} NOT NULL,
    set_by_name ${text} NOT NULL,
    on_behalf_of ${text},
    ticket ${text},
    reference ${text},
    declaration ${text} NOT NULL,
    clear_reason ${text},
    version ${int} NOT NULL,
    sequence ${int} NOT NULL,
    recorded_ms ${int} NOT NULL
  )${tableEnd}`,
  'CREATE INDEX restrictions_by_mpxn ON restrictions (mpxn) WHERE mpxn IS NOT NULL',
  `CREATE TABLE members (
    device_key ${int} NOT NULL,
    restriction_id ${text} NOT NULL,
    from_ms ${int} NOT NULL,
    until_ms ${int},
    PRIMARY KEY (device_key, restriction_id)
  )${tableEnd}`,
  'CREATE INDEX members_by_restriction ON members (restriction_id)',
]

/**
 * What the data plane reads, worked out from members. No reference to devices: a flag outlives an inventory row and may
 * precede it. from_ms is NULL once there is no flag; the row stays because its version must not go back.
 */
const flags: Step = ({ int, tableEnd }) => [
  `CREATE TABLE flags (
    device_key ${int} PRIMARY KEY,
    from_ms ${int},
    until_ms ${int},
    version ${int} NOT NULL
  )${tableEnd}`,
  `CREATE TABLE flag_history (
    sequence ${int} PRIMARY KEY,
    device_key ${int} NOT NULL,
    from_ms ${int},
    until_ms ${int}
  )${tableEnd}`,
  'CREATE INDEX flag_history_by_device ON flag_history (device_key, sequence)',
]

const tasks: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE tasks (
    id ${text} PRIMARY KEY,
    kind ${text} NOT NULL,
    restriction_id ${text} NOT NULL,
    party ${text} NOT NULL,
    created_ms ${int} NOT NULL,
    due_ms ${int} NOT NULL,
    clear_ms ${int},
    done_ms ${int},
    outcome ${text}
  )${tableEnd}`,
  'CREATE INDEX tasks_by_party ON tasks (party, id)',
  'CREATE INDEX tasks_by_restriction ON tasks (restriction_id, id)',
  'CREATE INDEX tasks_to_clear ON tasks (clear_ms) WHERE clear_ms IS NOT NULL AND done_ms IS NULL',
]

const audit: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE audit (
    place ${int} PRIMARY KEY,
    at_ms ${int} NOT NULL,
    actor_party ${text} NOT NULL,
    actor_role ${text} NOT NULL,
    actor_name ${text} NOT NULL,
    action ${text} NOT NULL,
    subject ${text} NOT NULL,
    detail ${text} NOT NULL,
    previous ${text} NOT NULL,
    hash ${text} NOT NULL
  )${tableEnd}`,
  'CREATE INDEX audit_by_subject ON audit (subject, place)',
  'CREATE INDEX audit_by_party ON audit (actor_party, place)',
]

const traffic: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE gateways (
    id ${text} PRIMARY KEY,
    sequence ${int} NOT NULL,
    state ${text} NOT NULL,
    table_revision ${text} NOT NULL,
    counts ${text} NOT NULL,
    seen_ms ${int} NOT NULL,
    live_until_ms ${int} NOT NULL
  )${tableEnd}`,
  `CREATE TABLE traffic_events (
    decision ${text} NOT NULL,
    event ${text} NOT NULL,
    at_ms ${int} NOT NULL,
    codes ${text} NOT NULL,
    devices ${text} NOT NULL,
    user_key ${int},
    request_id ${text},
    stage ${text},
    PRIMARY KEY (decision, event)
  )${tableEnd}`,
  'CREATE INDEX traffic_events_by_request ON traffic_events (request_id) WHERE request_id IS NOT NULL',
  `CREATE TABLE idempotent_answers (
    party ${text} NOT NULL,
    request_key ${text} NOT NULL,
    request_hash ${text} NOT NULL,
    answer ${text} NOT NULL,
    at_ms ${int} NOT NULL,
    PRIMARY KEY (party, request_key)
  )${tableEnd}`,
]

/** A name of this store that no other has: a store that was made anew answers another one. */
const identity: Step = ({ text, tableEnd }) => [
  `CREATE TABLE store_identity (id ${text} PRIMARY KEY)${tableEnd}`,
  `INSERT INTO store_identity VALUES ('${randomUUID()}')`,
]

/** Rows of an import that is under way; see staging.ts. */
const staging: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE import_progress (
    id ${int} PRIMARY KEY,
    hash ${text} NOT NULL,
    staged ${int} NOT NULL,
    is_merged ${int} NOT NULL
  )${tableEnd}`,
  `CREATE TABLE staged_devices (
    place ${int} PRIMARY KEY,
    device_key ${int} NOT NULL,
    type ${text},
    hub_key ${int},
    mpxn ${text},
    status ${text},
    region ${text},
    generation ${text},
    is_known ${int} NOT NULL DEFAULT 0
  )${tableEnd}`,
  `CREATE TABLE staged_registrations (
    place ${int} PRIMARY KEY,
    mpxn ${text} NOT NULL,
    role ${text} NOT NULL,
    from_ms ${int} NOT NULL,
    party ${text} NOT NULL,
    until_ms ${int},
    is_known ${int} NOT NULL DEFAULT 0
  )${tableEnd}`,
]

/** Who does what only one may do at a time; see `Leases`. */
const leases: Step = ({ int, text, tableEnd }) => [
  `CREATE TABLE leases (name ${text} PRIMARY KEY, holder ${text} NOT NULL, until_ms ${int} NOT NULL)${tableEnd}`,
]

/** When prepayment traffic of a Device was last seen: traffic_events by Device, as far as a set request asks for it. */
const sightings: Step = ({ int, tableEnd }) => [
  `CREATE TABLE prepayment_sightings (device_key ${int} PRIMARY KEY, at_ms ${int} NOT NULL)${tableEnd}`,
]

/** For those that have grown old. */
const answersByAge: Step = () => ['CREATE INDEX idempotent_answers_by_age ON idempotent_answers (at_ms)']

/** What a message says about which Devices make up a home, and the requests of late, for those that wait for their answer. */
const homes: Step = ({ text }) => [
  `ALTER TABLE traffic_events ADD COLUMN home ${text}`,
  "CREATE INDEX traffic_requests_by_time ON traffic_events (at_ms) WHERE stage = 'requested'",
]

const STEPS: readonly Step[] = [
  (dialect) =>
    [identity, head, changes, inventory, restrictions, flags, tasks, audit, traffic, staging].flatMap(
      (part) => part(dialect),
    ),
  (dialect) => [leases, sightings, answersByAge].flatMap((part) => part(dialect)),
  noticeTables,
  policyTables,
  reportTables,
  () => ['CREATE INDEX audit_by_time ON audit (at_ms, place)'],
  scheduleTables,
  incidentTables,
  homes,
]

/** Schema version that this code reads and writes. */
export const SCHEMA_VERSION = STEPS.length

/** Where the version is kept: one row for each step applied. */
export const VERSIONS = {
  create: 'CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)',
  read: 'SELECT coalesce(max(version), 0) AS version FROM schema_version',
} as const

/** The statements that bring a schema of version `found` to this code's. Throws StoreTooNew when it is past it. */
export function statementsSince(found: number, dialect: SqlDialect): string[] {
  if (found > SCHEMA_VERSION) throw new StoreTooNew(found, SCHEMA_VERSION)
  return STEPS.slice(found).flatMap((step, index) => [
    ...step(dialect),
    `INSERT INTO schema_version (version) VALUES (${found + index + 1})`,
  ])
}
