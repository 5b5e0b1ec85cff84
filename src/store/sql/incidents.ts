/** Incidents as an incident desk recorded them. */
import type { Incident } from '../../core/report/incident.ts'
import type { BoundedSpan } from '../../core/report/span.ts'
import type { IncidentChanges } from '../report-store.ts'
import { json, optional, record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import type { SqlSession } from './session.ts'
import { SqlTable } from './sql-table.ts'

const INCIDENTS = new SqlTable(
  'incidents',
  'reference',
  record<Incident>({
    reference: text('reference'),
    from: time('from_ms'),
    until: optional(time('until_ms')),
    regions: json('regions'),
    srvs: json('srvs'),
  }),
)

/** Those that lay in the span at some moment, the oldest first. */
export function incidentsBetween(session: SqlSession, { from, until }: BoundedSpan): Promise<Incident[]> {
  const between = 'WHERE from_ms < ? AND (until_ms IS NULL OR until_ms > ?) ORDER BY from_ms, reference'
  return INCIDENTS.all(session, between, until, from)
}

export class SqlIncidents extends SqlGroup implements IncidentChanges {
  between(span: BoundedSpan) {
    return incidentsBetween(this.session, span)
  }

  put(incident: Incident) {
    return INCIDENTS.put(this.session, incident)
  }
}
