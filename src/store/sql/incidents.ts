/** Incidents as an incident desk recorded them. */
import type { Incident } from '../../core/report/incident.ts'
import type { IncidentChanges } from '../report-store.ts'
import { json, optional, record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { SqlTable } from './sql-table.ts'

export const INCIDENTS = new SqlTable(
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

export class SqlIncidents extends SqlGroup implements IncidentChanges {
  put(incident: Incident) {
    return INCIDENTS.put(this.session, incident)
  }
}
