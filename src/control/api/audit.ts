/** The audit trail, newest first. */

import { z } from '@hono/zod-openapi'
import { isoTime } from '../../core/device/iso-time.ts'
import { AUDIT_KINDS } from '../../core/restriction/audit-kinds.ts'
import type { AuditFilter } from '../../store/control-store.ts'
import type { ApiPorts } from '../control-ports.ts'
import { type Endpoint, endpointsOf, type Sent } from '../http/endpoint.ts'
import type { Identity } from '../identity.ts'
import { listed, listing, type ReadPage } from './listings.ts'
import { actorSchema, givenTimeSchema, timeSchema } from './schemas.ts'

const entrySchema = z
  .strictObject({
    index: z.int(),
    at: timeSchema,
    actor: actorSchema,
    action: z.string().openapi({ example: 'restriction.set' }),
    subject: z
      .string()
      .openapi({ description: 'What it was about: a flag, a meter point, a Device, a route.' }),
    detail: z.record(z.string(), z.unknown()),
    previous: z.string(),
    hash: z.string().openapi({ description: 'Over the entry and the hash before it.' }),
  })
  .openapi('AuditEntry')

export const auditFilter = {
  subject: z.string().max(200).optional(),
  party: z.string().max(64).optional(),
  name: z.string().max(200).optional().openapi({ description: 'The person or system that acted.' }),
  action: z.string().max(64).optional(),
  kind: z.enum(AUDIT_KINDS).optional().openapi({
    description: '`done`: all but looks and sign-ins. Every entry when absent.',
  }),
  since: givenTimeSchema.optional().openapi({ description: 'From this time on.' }),
  until: givenTimeSchema.optional().openapi({ description: 'Before this time.' }),
}

export type AuditResource = Sent<z.input<typeof entrySchema>>

/** Entries of the trail that fit the filter, as far as the actor sees them. */
export function listedEntries(
  { restrictions }: ApiPorts,
  { actor }: Identity,
  { subject, party, name, action, kind, since, until }: AuditFilter,
): ReadPage<AuditResource> {
  const filter = { subject, party, name, action, kind, since, until }
  return (limit, after) =>
    listed(restrictions.audit(actor, filter, limit, after), (entry) => ({ ...entry, at: isoTime(entry.at) }))
}

const { get } = endpointsOf('Audit')

export const auditEndpoints: readonly Endpoint[] = [
  listing(get, '/audit', {
    name: 'listAudit',
    summary: 'Audit entries, newest first; for the Service Centre its own, or those about what it names',
    access: { operation: 'audit' },
    filter: auditFilter,
    item: entrySchema,
    pageName: 'AuditPage',
    problems: ['not-found'],
    list: listedEntries,
  }),
]
