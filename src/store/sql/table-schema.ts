/** The tables of policy tables, as a step of the schema. */
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
