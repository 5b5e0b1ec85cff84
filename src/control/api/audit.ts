/** The audit trail, newest first. */
import { z } from '@hono/zod-openapi'
import type { AuditEntry } from '../../core/restriction/audit-chain.ts'
import type { AuditFilter } from '../../store/control-store.ts'
import { type Endpoint, endpoint } from '../http/endpoint.ts'
import type { Identity } from '../identity.ts'
import type { ApiPorts } from './api-ports.ts'
import { answerPage, type Listed, pageOf } from './listings.ts'
import { refusedLook } from './refused.ts'
import { cursorSchema, givenTimeSchema, limitSchema, roleSchema, timeOf, timeSchema } from './schemas.ts'

const entrySchema = z
  .strictObject({
    index: z.int(),
    at: timeSchema,
    actor: z.strictObject({ party: z.string(), role: roleSchema, name: z.string() }),
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
  since: givenTimeSchema.optional().openapi({ description: 'From this time on.' }),
  until: givenTimeSchema.optional().openapi({ description: 'Before this time.' }),
}

export type AuditResource = z.input<typeof entrySchema>
type AuditQuery = { readonly [Field in keyof AuditFilter]: AuditFilter[Field] | undefined }

/** The endpoint of the trail. */
export function auditTrail(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/audit',
    name: 'listAudit',
    tag: 'Audit',
    summary: 'Audit entries, newest first; for the Service Centre its own, or those about what it names',
    access: { operation: 'audit' },
    query: z.strictObject({ ...auditFilter, limit: limitSchema, cursor: cursorSchema }),
    content: pageOf(entrySchema, 'AuditPage'),
    problems: ['cursor-invalid', 'not-found'],
    handle({ identity, query: { limit, cursor, ...filter } }) {
      return answerPage(ports, identity, { listing: 'audit', ...filter }, { limit, cursor }, (size, after) =>
        listedEntries(ports, identity, filter, size, after),
      )
    },
  })
}

/** Entries of the trail that fit the filter, as far as the actor sees them. */
export async function listedEntries(
  { restrictions }: ApiPorts,
  { actor }: Identity,
  { subject, party, since, until }: AuditQuery,
  limit: number,
  after?: string,
): Promise<Listed<AuditResource>> {
  const filter: AuditFilter = {
    ...(subject === undefined ? {} : { subject }),
    ...(party === undefined ? {} : { party }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }
  const page = await restrictions.audit(actor, filter, limit, after)
  if (!page.ok) return { ok: false, problem: refusedLook(page.refusals) }
  return { ok: true, items: page.items.map(entryResource), next: page.next }
}

function entryResource(entry: AuditEntry): AuditResource {
  return { ...entry, at: timeOf(entry.at), actor: { ...entry.actor }, detail: { ...entry.detail } }
}
