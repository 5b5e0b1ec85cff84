/** Tables and proposals as answers of the API have them. */

import { z } from '@hono/zod-openapi'
import { isoTime, isoTimeOrNull } from '../../core/device/iso-time.ts'
import type { ProposalView } from '../../governance/table-governance.ts'
import type { TableSpan } from '../../governance/table-history.ts'
import type { Sent } from '../http/endpoint.ts'
import { actorSchema, orNull, timeSchema } from './schemas.ts'

const personSchema = actorSchema.openapi('Person')

const revisionSchema = z
  .string()
  .openapi({ description: 'As verdicts and journals name it: the first twelve digits of the hash.' })

const spanSchema = z
  .strictObject({
    revision: revisionSchema,
    hash: z.string().openapi({ description: 'SHA-256 of the text.' }),
    name: z.string(),
    proposal: z.string(),
    from: timeSchema,
    until: timeSchema.nullable(),
  })
  .openapi('TableSpan')

const gatewaysSchema = z
  .strictObject({
    live: z.int().openapi({ description: 'Gateways that the store waits for.' }),
    running: z.int().openapi({ description: 'Those of them that decide by the table in force.' }),
  })
  .openapi('TableGateways')

export const historySchema = z
  .strictObject({
    isGoverned: z.boolean().openapi({
      description:
        'False: the settings here name a file, and gateways with such settings do not go by these tables.',
    }),
    inForce: orNull(spanSchema),
    gateways: gatewaysSchema,
    spans: z.array(spanSchema).openapi({ description: 'Oldest first; the last ones may lie ahead.' }),
  })
  .openapi('TableHistory')

export const textSchema = z.strictObject({ ...spanSchema.shape, content: z.string() }).openapi('TableText')

export const proposalSchema = z
  .strictObject({
    id: z.string(),
    kind: z.enum(['change', 'roll-back']),
    stage: z.enum(['proposed', 'scheduled', 'in-force', 'superseded', 'rejected', 'withdrawn']),
    revision: revisionSchema,
    hash: z.string(),
    name: z.string(),
    isShadow: z
      .boolean()
      .openapi({ description: 'Gateways compare it with the table in force while it is open.' }),
    reason: z.string(),
    from: timeSchema.nullable().openapi({ description: 'When it is to take effect; null: once approved.' }),
    basis: z.string().nullable().openapi({ description: 'Revision that it was made against.' }),
    proposedBy: personSchema,
    proposedAt: timeSchema,
    decidedBy: orNull(personSchema),
    decidedAt: timeSchema.nullable(),
    note: z.string().nullable(),
    inForceAt: timeSchema.nullable(),
  })
  .openapi('TableProposal')

const treatmentSchema = z
  .strictObject({ rule: z.string(), does: z.string(), why: z.string(), words: z.string() })
  .openapi('TableTreatment')

export const wholeProposalSchema = z
  .strictObject({
    proposal: proposalSchema,
    content: z.string(),
    tests: z.string(),
    differences: z
      .array(z.strictObject({ what: z.string(), before: treatmentSchema, after: treatmentSchema }))
      .openapi({ description: 'Against the table that it was made against, code by code.' }),
    gateways: gatewaysSchema.openapi({ description: 'Here `running` counts those that run this table.' }),
  })
  .openapi('WholeTableProposal')

export const governedSchema = z
  .strictObject({
    outcome: z.enum([
      ...(['proposed', 'already-proposed', 'approved', 'already-approved'] as const),
      ...(['rejected', 'withdrawn', 'already-rejected'] as const),
    ]),
    proposal: proposalSchema,
    scheduled: z
      .array(proposalSchema)
      .openapi({ description: 'Approved tables that take effect after this one.' }),
  })
  .openapi('TableGoverned')

type SpanResource = z.input<typeof spanSchema>

export function spanResource({ proposal, from, until }: TableSpan): SpanResource {
  const { revision, hash, name, id } = proposal
  return { revision, hash, name, proposal: id, from: isoTime(from), until: isoTimeOrNull(until) }
}

type ProposalResource = Sent<z.input<typeof proposalSchema>>

export function proposalResource(proposal: ProposalView): ProposalResource {
  const { id, kind, stage, revision, hash, name, isShadow, reason, proposedBy } = proposal
  const { basis = null, decidedBy = null, note = null } = proposal
  return {
    ...{ id, kind, stage, revision, hash, name, isShadow, reason, proposedBy, basis, decidedBy, note },
    from: isoTimeOrNull(proposal.from),
    proposedAt: isoTime(proposal.proposedAt),
    decidedAt: isoTimeOrNull(proposal.decidedAt),
    inForceAt: isoTimeOrNull(proposal.inForceAt),
  }
}
