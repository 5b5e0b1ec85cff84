/** Governed tables on the page: history, proposals, decisions on them, impact. */
import { instantOf } from '../../../core/device/device.ts'
import { isSamePerson, type TableRefusal } from '../../../core/policy/governance-rules.ts'
import { differencesOf } from '../../../core/policy/table-diff.ts'
import { inForceAt, stageOf } from '../../../core/policy/table-proposal.ts'
import { monthAt, monthsLater, parseMonth } from '../../../core/report/month.ts'
import type { ProposalView, TableRefused } from '../../../governance/table-governance.ts'
import { tableHistory } from '../../../governance/table-history.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { MAX_IMPACT_RECORDS } from '../../api/impact.ts'
import type { ControlContext } from '../../context.ts'
import type { Problem } from '../parts/problems.ts'
import { impactPage, proposalPage } from '../views/table-proposal.ts'
import { proposePage, tablesPage } from '../views/tables.ts'
import type { ProblemShown, TroubleShown } from './changed.ts'
import { addressWith, formOf, goTo, PAGE_ROWS, type PageContext, show, signedIn } from './page-context.ts'

export function addTablePages(page: PageContext, trouble: ProblemShown): void {
  const govern = { operation: 'govern-table' } as const
  const seen = { operation: 'table-proposals' } as const
  page.get('/tables', { operation: 'table' }, (context) => list(page, context))
  page.get('/tables/propose', govern, (context) => {
    const { visitor } = signedIn(context)
    return show(context, proposePage({ visitor, reason: '', from: '', isShadow: false, problems: [] }))
  })
  page.post('/tables/propose', govern, (context) => propose(page, context))
  page.get('/tables/proposals/:id', seen, (context) => one(page, context, trouble))
  page.post('/tables/proposals/:id/approve', govern, async (context) => {
    const note = (await formOf(context)).optional('note')
    const done = await page.policy.governance.approve(signedIn(context).actor, idOf(context), note)
    return decided(page, context, trouble, done)
  })
  page.post('/tables/proposals/:id/reject', govern, async (context) => {
    const reason = (await formOf(context)).text('reason')
    const done = await page.policy.governance.reject(signedIn(context).actor, idOf(context), reason)
    return decided(page, context, trouble, done)
  })
  page.post('/tables/proposals/:id/roll-back', govern, (context) => rollBack(page, context, trouble))
  page.get('/tables/:revision/impact', { operation: 'table-impact' }, (context) =>
    impact(page, context, trouble),
  )
}

function idOf(context: ControlContext): string {
  return context.req.param('id') ?? ''
}

async function list(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const after = context.req.query('after')
  const seesProposals = reachOf(actor, 'table-proposals') !== undefined
  const spans = await tableHistory(page.store)
  const { now, gateways, inForce, proposals } = await page.store.read(async (view) => {
    const at = await view.tables.now()
    return {
      now: at,
      gateways: (await view.gateways()).filter(({ isLive }) => isLive),
      inForce: inForceAt(await view.tables.approvedProposals(), at),
      proposals: seesProposals ? await view.tables.listProposals(PAGE_ROWS, after) : undefined,
    }
  })
  const running = gateways.filter(({ tableRevision }) => tableRevision === inForce?.revision).length
  return show(
    context,
    tablesPage({
      ...{ visitor, now, spans, isGoverned: page.policy.isGoverned },
      gateways: { live: gateways.length, running },
      proposals: proposals?.items.map((item) => ({ ...item, stage: stageOf(item, inForce?.id, now) })),
      mayGovern: reachOf(actor, 'govern-table') !== undefined,
      firstHref: after === undefined ? undefined : '/tables',
      nextHref: proposals?.next === undefined ? undefined : addressWith('/tables', { after: proposals.next }),
    }),
  )
}

async function propose(page: PageContext, context: ControlContext): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const form = await formOf(context)
  const [content, tests] = [await textOfFile(form.file('table')), await textOfFile(form.file('tests'))]
  const [reason, from, isShadow] = [form.text('reason'), form.text('from'), form.isTicked('isShadow')]
  const at = from === '' ? undefined : Date.parse(from)
  const again = (problems: readonly Problem[]) =>
    show(context, proposePage({ visitor, reason, from, isShadow, problems }), 422)
  if (content === undefined) return again([{ field: 'table', text: 'Choose the file of the list' }])
  if (Number.isNaN(at))
    return again([{ field: 'from', text: 'Give a time with its zone, for example 2027-04-01T00:00:00Z' }])
  const terms = {
    content,
    tests: tests ?? '',
    reason,
    isShadow,
    from: at === undefined ? undefined : instantOf(at),
  }
  const done = await page.policy.governance.propose(actor, terms)
  return done.ok
    ? goTo(context, `/tables/proposals/${done.proposal.id}`)
    : again(done.refusals.map(problemOf))
}

async function textOfFile(file: File | undefined): Promise<string | undefined> {
  return file?.text()
}

/** The field that a rule is about. */
const FIELDS: Readonly<Partial<Record<TableRefusal['rule'], string>>> = {
  'reason-missing': 'reason',
  'table-has-problems': 'table',
  'never-blocked-lost': 'table',
  'nothing-changes': 'table',
  'tests-missing': 'tests',
  'tests-unreadable': 'tests',
  'tests-fail': 'tests',
  'table-in-the-past': 'from',
  'table-too-far-ahead': 'from',
}

function problemOf({ rule, text, whatToDo }: TableRefusal): Problem {
  return { field: FIELDS[rule], text: `${text} ${whatToDo}` }
}

async function rollBack(
  page: PageContext,
  context: ControlContext,
  trouble: TroubleShown,
): Promise<Response> {
  const { actor } = signedIn(context)
  const proposal = await page.store.read(({ tables }) => tables.findProposal(idOf(context)))
  if (!proposal) return trouble.notFound(context)
  const reason = (await formOf(context)).text('reason')
  const done = await page.policy.governance.rollBack(actor, { revision: proposal.hash, reason })
  return done.ok
    ? goTo(context, `/tables/proposals/${done.proposal.id}`)
    : decided(page, context, trouble, done)
}

/** Back to the proposal, which shows what became of it, or what stands against it. */
function decided(
  page: PageContext,
  context: ControlContext,
  trouble: TroubleShown,
  done: { readonly ok: true } | TableRefused,
): Response | Promise<Response> {
  if (done.ok) return goTo(context, `/tables/proposals/${idOf(context)}`)
  return one(page, context, trouble, done.refusals)
}

async function one(
  page: PageContext,
  context: ControlContext,
  trouble: TroubleShown,
  refusals: readonly TableRefusal[] = [],
): Promise<Response> {
  const { actor, visitor } = signedIn(context)
  const found = await proposalOf(page, idOf(context))
  if (!found) return trouble.notFound(context)
  const { proposal, content } = found
  const mayGovern = reachOf(actor, 'govern-table') !== undefined
  const reasonIsShown = mayGovern && ['proposed', 'scheduled', 'superseded'].includes(proposal.stage)
  const problems = refusals
    .map(problemOf)
    .map(({ field, text }) => ({ field: reasonIsShown ? field : undefined, text }))
  const view = proposalPage({
    ...{ visitor, proposal, content, mayGovern, problems },
    differences: await differencesFrom(page, proposal),
    maySeeImpact: reachOf(actor, 'table-impact') !== undefined,
    isOwn: isSamePerson(actor, proposal.proposedBy),
  })
  return show(context, view, refusals.length > 0 ? 422 : 200)
}

function proposalOf({ store }: PageContext, id: string) {
  return store.read(async ({ tables }) => {
    const proposal = await tables.findProposal(id)
    const kept = proposal && (await tables.findRevision(proposal.hash))
    const now = await tables.now()
    const inForce = inForceAt(await tables.approvedProposals(), now)?.id
    return (
      proposal &&
      kept && { proposal: { ...proposal, stage: stageOf(proposal, inForce, now) }, content: kept.content }
    )
  })
}

async function differencesFrom({ policy }: PageContext, { basis, hash }: ProposalView) {
  const before = basis === undefined ? undefined : await policy.tableOf(basis)
  const after = await policy.tableOf(hash)
  return before && after && differencesOf(before, after)
}

async function impact(page: PageContext, context: ControlContext, trouble: ProblemShown): Promise<Response> {
  const { visitor } = signedIn(context)
  const month = parseMonth(context.req.query('month') ?? '') ?? monthsLater(monthAt(page.clock.now()), -1)
  const table = await page.policy.tableOf(context.req.param('revision') ?? '')
  if (!table) return trouble.notFound(context)
  const span = { from: month.from, until: month.until }
  const look = () => page.policy.impactOf({ table, span, maxRecords: MAX_IMPACT_RECORDS })
  const report = await page.policy.readers.run(look)
  if (report === 'too-many') return trouble.problem(context, { code: 'too-many-waiting' })
  return show(context, impactPage({ visitor, report, month: month.name }))
}
