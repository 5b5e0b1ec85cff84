/** Tables: which was in force when, proposals and decisions on them, and what another table would have changed. */
import { z } from '@hono/zod-openapi'
import { differencesOf } from '../../core/policy/table-diff.ts'
import type { TableProposal } from '../../core/policy/table-proposal.ts'
import { inForceAt, isApproved, stageOf } from '../../core/policy/table-proposal.ts'
import type {
  Governed,
  ProposalView,
  TableGovernance,
  TableRefused,
} from '../../governance/table-governance.ts'
import { tableAt, tableHistory } from '../../governance/table-history.ts'
import type { GatewayStatus } from '../../store/control-store.ts'
import { type Answer, API_ROOT, type Endpoint, endpoint } from '../endpoint.ts'
import type { Identity } from '../identity.ts'
import { changeOnce, idempotencyHeader } from '../once.ts'
import type { ApiPorts } from './api-ports.ts'
import { answerPage, type Listed, pageOf } from './listings.ts'
import { refusedTable } from './refused.ts'
import {
  cursorSchema,
  givenTimeSchema,
  limitSchema,
  orNull,
  roleSchema,
  timeOf,
  timeOrNull,
  timeSchema,
} from './schemas.ts'

const TAG = 'Tables'

const personSchema = z
  .strictObject({ party: z.string(), role: roleSchema, name: z.string() })
  .openapi('Person')

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

const historySchema = z
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

const textSchema = z.strictObject({ ...spanSchema.shape, content: z.string() }).openapi('TableText')

const proposalSchema = z
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

const treatmentSchema = z.strictObject({ rule: z.string(), words: z.string() }).openapi('TableTreatment')

const wholeProposalSchema = z
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

const governedSchema = z
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

type SpanResource = z.input<typeof spanSchema>

function spanResource({
  proposal,
  from,
  until,
}: Awaited<ReturnType<typeof tableHistory>>[number]): SpanResource {
  const { revision, hash, name, id } = proposal
  return { revision, hash, name, proposal: id, from: timeOf(from), until: timeOrNull(until) }
}

function gatewaysOf(gateways: readonly GatewayStatus[], revision: string | undefined) {
  const live = gateways.filter(({ isLive }) => isLive)
  return { live: live.length, running: live.filter(({ tableRevision }) => tableRevision === revision).length }
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

export type ProposalResource = z.input<typeof proposalSchema>

/** Proposals, newest first. */
export function listedProposals(
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

/** A proposal as answers have it. */
export function proposalResource(proposal: ProposalView): ProposalResource {
  const { id, kind, stage, revision, hash, name, isShadow, reason } = proposal
  return {
    ...{ id, kind, stage, revision, hash, name, isShadow, reason },
    from: timeOrNull(proposal.from),
    basis: proposal.basis ?? null,
    proposedBy: { ...proposal.proposedBy },
    proposedAt: timeOf(proposal.proposedAt),
    decidedBy: proposal.decidedBy ? { ...proposal.decidedBy } : null,
    decidedAt: timeOrNull(proposal.decidedAt),
    note: proposal.note ?? null,
    inForceAt: timeOrNull(proposal.inForceAt),
  }
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

export type WholeProposalResource = z.input<typeof wholeProposalSchema>

/** A proposal with everything an approver reads; undefined when there is none of that ID. */
export async function wholeProposal(
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
