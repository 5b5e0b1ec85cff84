/** Incidents as an incident desk recorded them. */
import type { Incident } from '../../core/report/incident.ts'
import type { BoundedSpan } from '../../core/report/span.ts'
import { jsonOf, optionalTimeOf, textOf, timeOf } from './columns.ts'
import type { SqlDialect, SqlRow, SqlSession } from './session.ts'

/** A step of the schema; with it the index by which schedules that have ended are found. */
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

const PUT = `
  INSERT INTO incidents (reference, from_ms, until_ms, regions, srvs) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (reference) DO UPDATE SET
    from_ms = excluded.from_ms, until_ms = excluded.until_ms, regions = excluded.regions, srvs = excluded.srvs`

export async function putIncident(session: SqlSession, incident: Incident): Promise<void> {
  const { reference, from, until, regions, srvs } = incident
  await session.run(PUT, reference, from, until ?? null, JSON.stringify(regions), JSON.stringify(srvs))
}

const BETWEEN = `
  SELECT * FROM incidents WHERE from_ms < ? AND (until_ms IS NULL OR until_ms > ?) ORDER BY from_ms, reference`

export async function incidentsBetween(
  session: SqlSession,
  { from, until }: BoundedSpan,
): Promise<Incident[]> {
  return (await session.all(BETWEEN, until, from)).map(incidentOf)
}

function incidentOf(row: SqlRow): Incident {
  return {
    reference: textOf(row.reference),
    from: timeOf(row.from_ms),
    until: optionalTimeOf(row.until_ms),
    regions: jsonOf<string[]>(row.regions),
    srvs: jsonOf<string[]>(row.srvs),
  }
}
