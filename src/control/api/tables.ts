/** Tables: which was in force when, proposals and decisions on them. */
import { z } from '@hono/zod-openapi'
import { differencesOf } from '../../core/policy/table-diff.ts'
import { inForceAt, isApproved, stageOf, type TableProposal } from '../../core/policy/table-proposal.ts'
import type { Governed, TableGovernance, TableRefused } from '../../governance/table-governance.ts'
import { tableAt, tableHistory } from '../../governance/table-history.ts'
import { type Answer, API_ROOT, type Endpoint, endpoint } from '../http/endpoint.ts'
import { changeOnce, idempotencyHeader } from '../http/once.ts'
import type { Identity } from '../identity.ts'
import type { ApiPorts } from './api-ports.ts'
import { answerPage, type Listed, pageOf } from './listings.ts'
import { refusedTable } from './refused.ts'
import { cursorSchema, givenTimeSchema, limitSchema } from './schemas.ts'
import {
  gatewaysOf,
  governedSchema,
  historySchema,
  type ProposalResource,
  proposalResource,
  proposalSchema,
  spanResource,
  textSchema,
  wholeProposalSchema,
} from './table-resources.ts'

const TAG = 'Tables'

const proposeBody = z
  .strictObject({
    content: z.string().max(500_000).openapi({ description: 'The table as YAML.' }),
    tests: z.string().max(400_000).openapi({ description: 'Its unit tests as YAML.' }),
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
const onceHeaders = z.object({ 'idempotency-key': idempotencyHeader })

/** Endpoints of tables. */
export function tableEndpoints(ports: ApiPorts): readonly Endpoint[] {
  return [
    history(ports),
    textAt(ports),
    list(ports),
    read(ports),
    propose(ports),
    rollBack(ports),
    ...decide(ports),
  ]
}

function history(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/tables',
    name: 'listTables',
    tag: TAG,
    summary: 'Which governed table was in force when, and how many gateways run the one in force',
    access: { operation: 'table' },
    content: historySchema,
    async handle() {
      const spans = (await tableHistory(ports.store)).map(spanResource)
      const { now, gateways } = await ports.store.read(async (view) => ({
        now: await view.tables.now(),
        gateways: await view.gateways(),
      }))
      const inForce = spans.findLast(({ from }) => Date.parse(from) <= now)
      const content = {
        ...{ isGoverned: ports.policy.isGoverned, inForce: inForce ?? null, spans },
        gateways: gatewaysOf(gateways, inForce?.revision),
      }
      return { status: 200, content }
    },
  })
}

function textAt(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/tables/at',
    name: 'getTableAt',
    tag: TAG,
    summary: 'The governed table in force at any time, with its text',
    access: { operation: 'table' },
    query: z.strictObject({ at: givenTimeSchema.optional().openapi({ description: 'Absent: now.' }) }),
    content: textSchema,
    problems: ['not-found'],
    async handle({ query }) {
      const at = query.at ?? (await ports.store.read(({ tables }) => tables.now()))
      const found = await tableAt(ports.store, at)
      if (!found) return { problem: { code: 'not-found', detail: 'No governed table was in force then.' } }
      const span = (await tableHistory(ports.store)).find(({ proposal }) => proposal.id === found.proposal.id)
      if (!span) return { problem: { code: 'not-found' } }
      return { status: 200, content: { ...spanResource(span), content: found.content } }
    },
  })
}

function list(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/table-proposals',
    name: 'listTableProposals',
    tag: TAG,
    summary: 'Proposals to put a table in force, newest first',
    access: { operation: 'table-proposals' },
    query: z.strictObject({ limit: limitSchema, cursor: cursorSchema }),
    content: pageOf(proposalSchema, 'TableProposalPage'),
    problems: ['cursor-invalid'],
    handle: ({ identity, query }) =>
      answerPage(ports, identity, { listing: 'table-proposals' }, query, (limit, after) =>
        listedProposals(ports, limit, after),
      ),
  })
}

/** Proposals, newest first. */
function listedProposals(
  { store }: Pick<ApiPorts, 'store'>,
  limit: number,
  after?: string,
): Promise<Listed<ProposalResource>> {
  return store.read(async ({ tables }) => {
    const [now, approved] = [await tables.now(), await tables.approvedProposals()]
    const inForce = inForceAt(approved, now)?.id
    const { items, next } = await tables.listProposals(limit, after)
    const resources = items.map((item) => proposalResource({ ...item, stage: stageOf(item, inForce, now) }))
    return { ok: true, items: resources, next }
  })
}

function read(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'get',
    path: '/table-proposals/{id}',
    name: 'getTableProposal',
    tag: TAG,
    summary: 'One proposal: its table, its tests, and what it changes',
    access: { operation: 'table-proposals' },
    params: proposalParams,
    content: wholeProposalSchema,
    problems: ['not-found'],
    async handle({ params }) {
      const whole = await wholeProposal(ports, params.id)
      return whole ? { status: 200, content: whole } : { problem: { code: 'not-found' } }
    },
  })
}

type WholeProposalResource = z.input<typeof wholeProposalSchema>

/** A proposal with everything an approver reads; undefined when there is none of that ID. */
async function wholeProposal(
  { store, policy }: Pick<ApiPorts, 'store' | 'policy'>,
  id: string,
): Promise<WholeProposalResource | undefined> {
  const seen = await store.read(async (view) => {
    const proposal = await view.tables.findProposal(id)
    const kept = proposal && (await view.tables.findRevision(proposal.hash))
    const [now, approved, gateways] = [
      await view.tables.now(),
      await view.tables.approvedProposals(),
      await view.gateways(),
    ]
    return proposal && kept && { proposal, kept, now, approved, gateways }
  })
  if (!seen) return undefined
  const { proposal, kept, now, approved, gateways } = seen
  const stage = stageOf(proposal, inForceAt(approved, now)?.id, now)
  return {
    proposal: proposalResource({ ...proposal, stage }),
    content: kept.content,
    tests: proposal.tests,
    differences: await differencesFrom(policy, proposal),
    gateways: gatewaysOf(gateways, isApproved(proposal) ? proposal.revision : undefined),
  }
}

async function differencesFrom({ tableOf }: ApiPorts['policy'], { basis, hash }: TableProposal) {
  const before = basis === undefined ? undefined : await tableOf(basis)
  const after = await tableOf(hash)
  if (!before || !after) return []
  return differencesOf(before, after).map((one) => ({
    ...one,
    before: { ...one.before },
    after: { ...one.after },
  }))
}

function propose(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'post',
    path: '/table-proposals',
    name: 'proposeTable',
    tag: TAG,
    summary: 'Propose a table; somebody else approves it',
    access: { operation: 'govern-table' },
    headers: onceHeaders,
    body: proposeBody,
    statuses: [200, 201],
    content: governedSchema,
    answeredHeaders: LOCATION,
    problems: ['refused', 'not-found', 'idempotency-key-reused'],
    handle: (ask) => govern(ports, ask, (governance, { actor }) => governance.propose(actor, ask.body)),
  })
}

const LOCATION = { Location: 'Where the proposal is.' }

function rollBack(ports: ApiPorts): Endpoint {
  return endpoint({
    method: 'post',
    path: '/table-roll-backs',
    name: 'rollTableBack',
    tag: TAG,
    summary: 'Propose to bring back a table that was in force before, at once when approved',
    access: { operation: 'govern-table' },
    headers: onceHeaders,
    body: rollBackBody,
    statuses: [200, 201],
    content: governedSchema,
    answeredHeaders: LOCATION,
    problems: ['refused', 'not-found', 'idempotency-key-reused'],
    handle: (ask) => govern(ports, ask, (governance, { actor }) => governance.rollBack(actor, ask.body)),
  })
}

function decide(ports: ApiPorts): readonly Endpoint[] {
  const common = {
    method: 'post',
    tag: TAG,
    access: { operation: 'govern-table' },
    params: proposalParams,
    headers: onceHeaders,
    content: governedSchema,
    answeredHeaders: LOCATION,
    problems: ['refused', 'not-found', 'idempotency-key-reused'],
  } as const
  return [
    endpoint({
      ...common,
      path: '/table-proposals/{id}/approve',
      name: 'approveTable',
      summary: 'Approve a proposal of somebody else',
      body: z.strictObject({ note: z.string().max(1_000).optional() }).openapi('TableApproval'),
      handle: (ask) =>
        govern(ports, ask, (governance, { actor }) =>
          governance.approve(actor, ask.params.id, ask.body.note),
        ),
    }),
    endpoint({
      ...common,
      path: '/table-proposals/{id}/reject',
      name: 'rejectTable',
      summary: 'Reject a proposal, or withdraw an approved one that is not in force yet',
      body: z.strictObject({ reason: z.string().max(1_000) }).openapi('TableRejection'),
      handle: (ask) =>
        govern(ports, ask, (governance, { actor }) =>
          governance.reject(actor, ask.params.id, ask.body.reason),
        ),
    }),
  ]
}

interface GovernAsk {
  readonly identity: Identity
  readonly fingerprint: string
  readonly headers: { readonly 'idempotency-key'?: string | undefined }
}

function govern(
  ports: ApiPorts,
  { identity, fingerprint, headers }: GovernAsk,
  work: (governance: TableGovernance, identity: Identity) => Promise<Governed | TableRefused>,
): Promise<Answer<z.input<typeof governedSchema>>> {
  const once = { identity, fingerprint, key: headers['idempotency-key'] }
  return changeOnce(ports, once, async (_, unit) => {
    const done = await work(ports.policy.governanceIn(unit), identity)
    return done.ok ? governedAnswer(done) : { problem: refusedTable(done.refusals) }
  })
}

function governedAnswer({ outcome, proposal, scheduled }: Governed): Answer<z.input<typeof governedSchema>> {
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
