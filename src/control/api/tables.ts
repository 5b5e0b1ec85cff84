/** Tables: which was in force when, proposals and decisions on them. */
import { z } from '@hono/zod-openapi'
import { TABLE_CHARACTERS } from '../../core/policy/governance-rules.ts'
import type { Governed, TableGovernance, TableRefused } from '../../governance/table-governance.ts'
import type { ApiPorts } from '../control-ports.ts'
import { API_ROOT, type Endpoint, type EndpointResponse, endpointsOf, type Sent } from '../http/endpoint.ts'
import { changeOnce, type OnceRequest, onceHeaders } from '../http/once.ts'
import type { Identity } from '../identity.ts'
import { listing } from './listings.ts'
import { refusedTable } from './refused.ts'
import { givenTimeSchema } from './schemas.ts'
import {
  governedSchema,
  historySchema,
  proposalResource,
  proposalSchema,
  spanResource,
  textSchema,
  wholeProposalSchema,
} from './table-resources.ts'

const proposeBody = z
  .strictObject({
    content: z.string().max(TABLE_CHARACTERS).openapi({ description: 'The table as YAML.' }),
    tests: z.string().max(TABLE_CHARACTERS).openapi({ description: 'Its unit tests as YAML.' }),
    reason: z.string().max(1_000),
    from: givenTimeSchema.optional().openapi({ description: 'When it takes effect; absent: once approved.' }),
    isShadow: z.boolean().optional(),
  })
  .openapi('TableProposalRequest')

const rollBackBody = z
  .strictObject({ revision: z.string().max(64), reason: z.string().max(1_000) })
  .openapi('TableRollBackRequest')

const proposalParams = z.object({
  id: z.string().max(64).openapi({ example: 'P-01JDH2V9WX4N6Q8S0T2V4X6Z8B' }),
})

const GOVERNS = {
  access: { operation: 'govern-table' },
  headers: onceHeaders,
  content: governedSchema,
  answeredHeaders: { Location: 'Where the proposal is.' },
  problems: ['refused', 'not-found', 'idempotency-key-reused'],
} as const

const { get, post } = endpointsOf('Tables')

export const tableEndpoints: readonly Endpoint[] = [
  get('/tables', {
    name: 'listTables',
    summary: 'Which governed table was in force when, and how many gateways run the one in force',
    access: { operation: 'table' },
    content: historySchema,
    async handle(_, ports) {
      const { spans, inForce, gateways } = await ports.policy.history()
      const content = {
        ...{ isGoverned: ports.policy.isGoverned, gateways },
        ...{ inForce: inForce ? spanResource(inForce) : null, spans: spans.map(spanResource) },
      }
      return { content }
    },
  }),
  get('/tables/at', {
    name: 'getTableAt',
    summary: 'The governed table in force at any time, with its text',
    access: { operation: 'table' },
    query: z.strictObject({ at: givenTimeSchema.optional().openapi({ description: 'Absent: now.' }) }),
    content: textSchema,
    problems: ['not-found'],
    async handle({ query }, ports) {
      const found = await ports.policy.textAt(query.at)
      if (!found) return { problem: { code: 'not-found', detail: 'No governed table was in force then.' } }
      return { content: { ...spanResource(found), content: found.content } }
    },
  }),
  listing(get, '/table-proposals', {
    name: 'listTableProposals',
    summary: 'Proposals to put a table in force, newest first',
    access: { operation: 'table-proposals' },
    filter: {},
    item: proposalSchema,
    pageName: 'TableProposalPage',
    list:
      ({ policy }) =>
      async (limit, after) => {
        const { items, next } = await policy.proposals(limit, after)
        return { ok: true, items: items.map(proposalResource), next }
      },
  }),
  get('/table-proposals/{id}', {
    name: 'getTableProposal',
    summary: 'One proposal: its table, its tests, and what it changes',
    access: { operation: 'table-proposals' },
    params: proposalParams,
    content: wholeProposalSchema,
    problems: ['not-found'],
    async handle({ params }, ports) {
      const found = await ports.policy.proposal(params.id)
      if (!found) return { problem: { code: 'not-found' } }
      const { proposal, content, differences = [], gateways } = found
      return {
        content: {
          ...{ proposal: proposalResource(proposal), content, tests: proposal.tests, gateways },
          differences: differences.map(({ what, before, after }) => ({ what, before, after })),
        },
      }
    },
  }),
  post('/table-proposals', {
    ...GOVERNS,
    name: 'proposeTable',
    summary: 'Propose a table; somebody else approves it',
    body: proposeBody,
    statuses: [200, 201],
    handle: (request, ports) =>
      govern(ports, request, (governance, { actor }) => governance.propose(actor, request.body)),
  }),
  post('/table-roll-backs', {
    ...GOVERNS,
    name: 'rollTableBack',
    summary: 'Propose to bring back a table that was in force before, at once when approved',
    body: rollBackBody,
    statuses: [200, 201],
    handle: (request, ports) =>
      govern(ports, request, (governance, { actor }) => governance.rollBack(actor, request.body)),
  }),
  post('/table-proposals/{id}/approve', {
    ...GOVERNS,
    name: 'approveTable',
    summary: 'Approve a proposal of somebody else',
    params: proposalParams,
    body: z.strictObject({ note: z.string().max(1_000).optional() }).openapi('TableApproval'),
    bodyMayBeAbsent: true,
    handle: (request, ports) =>
      govern(ports, request, (governance, { actor }) =>
        governance.approve(actor, request.params.id, request.body.note),
      ),
  }),
  post('/table-proposals/{id}/reject', {
    ...GOVERNS,
    name: 'rejectTable',
    summary: 'Reject a proposal, or withdraw an approved one that is not in force yet',
    params: proposalParams,
    body: z.strictObject({ reason: z.string().max(1_000) }).openapi('TableRejection'),
    handle: (request, ports) =>
      govern(ports, request, (governance, { actor }) =>
        governance.reject(actor, request.params.id, request.body.reason),
      ),
  }),
]

function govern(
  ports: ApiPorts,
  request: OnceRequest,
  work: (governance: TableGovernance, identity: Identity) => Promise<Governed | TableRefused>,
): Promise<EndpointResponse<GovernedResource>> {
  return changeOnce(ports, request, async (_, unit) => {
    const done = await work(ports.policy.governanceIn(unit), request.identity)
    return done.ok ? governedAnswer(done) : { problem: refusedTable(done.refusals) }
  })
}

type GovernedResource = Sent<z.input<typeof governedSchema>>

function governedAnswer({ outcome, proposal, scheduled }: Governed): EndpointResponse<GovernedResource> {
  return {
    status: outcome === 'proposed' ? 201 : 200,
    content: {
      outcome,
      proposal: proposalResource(proposal),
      scheduled: scheduled.map((each) => proposalResource({ ...each, stage: 'scheduled' })),
    },
    headers: { location: `${API_ROOT}/table-proposals/${proposal.id}` },
  }
}
