/** Every endpoint of the API. */
import type { Endpoint } from '../http/endpoint.ts'
import type { ApiPorts } from './api-ports.ts'
import { auditTrail } from './audit.ts'
import { bulkEndpoints } from './bulk.ts'
import { changeFeed } from './changes.ts'
import { decisionEndpoints } from './decisions.ts'
import { exportEndpoints } from './exports.ts'
import { tableImpact } from './impact.ts'
import { incidentEndpoints } from './incidents.ts'
import { lookUpEndpoints } from './look-ups.ts'
import { me } from './me.ts'
import { noticeEndpoints } from './notices.ts'
import { operationsEndpoints } from './operations.ts'
import { registrationImport } from './registrations.ts'
import { reportEndpoints } from './reports.ts'
import { restrictionEndpoints } from './restrictions.ts'
import { tableEndpoints } from './tables.ts'
import { taskEndpoints } from './tasks.ts'

/** The endpoints over their ports, in the order of the OpenAPI document. */
export function apiEndpoints(ports: ApiPorts): readonly Endpoint[] {
  return [
    me,
    ...restrictionEndpoints(ports),
    ...bulkEndpoints(ports),
    changeFeed(ports),
    ...lookUpEndpoints(ports),
    ...taskEndpoints(ports),
    ...noticeEndpoints(ports),
    ...exportEndpoints(ports),
    registrationImport(ports),
    ...reportEndpoints(ports),
    ...incidentEndpoints(ports),
    ...operationsEndpoints(ports),
    ...tableEndpoints(ports),
    tableImpact(ports),
    ...decisionEndpoints(ports),
    auditTrail(ports),
  ]
}
