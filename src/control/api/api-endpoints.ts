/** Every endpoint of the API. */
import type { Endpoint } from '../http/endpoint.ts'
import { auditEndpoints } from './audit.ts'
import { bulkEndpoints } from './bulk.ts'
import { changeEndpoints } from './changes.ts'
import { decisionEndpoints } from './decisions.ts'
import { exportEndpoints } from './exports.ts'
import { impactEndpoints } from './impact.ts'
import { incidentEndpoints } from './incidents.ts'
import { lookUpEndpoints } from './look-ups.ts'
import { meEndpoints } from './me.ts'
import { meterPointFeedEndpoints } from './meter-point-feed.ts'
import { noticeEndpoints } from './notices.ts'
import { operationsEndpoints } from './operations.ts'
import { registrationEndpoints } from './registrations.ts'
import { reportEndpoints } from './reports.ts'
import { restrictionEndpoints } from './restrictions.ts'
import { tableEndpoints } from './tables.ts'
import { taskEndpoints } from './tasks.ts'

/** In the order of the OpenAPI document. */
export const API_ENDPOINTS: readonly Endpoint[] = [
  ...meEndpoints,
  ...restrictionEndpoints,
  ...bulkEndpoints,
  ...changeEndpoints,
  ...meterPointFeedEndpoints,
  ...lookUpEndpoints,
  ...taskEndpoints,
  ...noticeEndpoints,
  ...exportEndpoints,
  ...registrationEndpoints,
  ...reportEndpoints,
  ...incidentEndpoints,
  ...operationsEndpoints,
  ...tableEndpoints,
  ...impactEndpoints,
  ...decisionEndpoints,
  ...auditEndpoints,
]
