/** Governed tables on the page: history, proposals, decisions on them, impact. */
import { isSamePerson, type TableRefusal } from '../../../core/policy/governance-rules.ts'
import { monthAt, monthsLater, parseMonth } from '../../../core/report/span.ts'
import { readUtf8 } from '../../../core/utf8-text.ts'
import type { TableRefused } from '../../../governance/table-governance.ts'
import { reachOf } from '../../../restrictions/permissions.ts'
import { NO_ANSWERS } from '../forms/answers.ts'
import { whenOf } from '../forms/when.ts'
import type { Problem } from '../parts/problems.ts'
import { impactPage, proposalPage } from '../views/table-proposal.ts'
import { proposePage, tablesPage } from '../views/tables.ts'
import { PAGE_ROWS, type Pages, type Visit } from './visit.ts'

export function addTablePages({ get, post, page }: Pages): void {
  const govern = { operation: 'govern-table' } as const
  get('/tables', { operation: 'table' }, list)
  get('/tables/propose', govern, (visit) =>
    visit.show(proposePage({ visitor: visit.visitor, answers: NO_ANSWERS, problems: [] })),
  )
  post('/tables/propose', govern, propose)
  get('/tables/proposals/:id', { operation: 'table-proposals' }, (visit) => one(visit))
  post('/tables/proposals/:id/approve', govern, async (visit) => {
    const note = (await visit.answers()).optional('note')
    return decided(visit, await page.policy.governance.approve(visit.actor, visit.param(), note))
  })
  post('/tables/proposals/:id/reject', govern, async (visit) => {
    const reason = (await visit.answers()).text('reason')
    return decided(visit, await page.policy.governance.reject(visit.actor, visit.param(), reason))
  })
  post('/tables/proposals/:id/roll-back', govern, rollBack)
  get('/tables/:revision/impact', { operation: 'table-impact' }, impact)
}

async function list(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const seesProposals = reachOf(actor, 'table-proposals') !== undefined
  const proposals = seesProposals ? await page.policy.proposals(PAGE_ROWS, visit.after) : undefined
  const view = tablesPage({
    ...(await page.policy.history()),
    ...{ visitor, isGoverned: page.policy.isGoverned, proposals: proposals?.items },
    mayGovern: reachOf(actor, 'govern-table') !== undefined,
    ...visit.pageLinks('/tables', {}, proposals?.next),
  })
  return visit.show(view)
}

async function propose(visit: Visit): Promise<Response> {
  const { page, actor, visitor } = visit
  const answers = await visit.answers()
  const [table, tests] = [await sentText(visit, 'table'), await sentText(visit, 'tests')]
  const again = (problems: readonly Problem[]) => visit.show(proposePage({ visitor, answers, problems }), 422)
  const when = whenOf(answers)
  const unreadable = [table, tests].flatMap((read) => (read?.ok === false ? [read.problem] : []))
  if (unreadable.length > 0) return again(unreadable)
  if (!table?.ok) return again([{ field: 'table', text: 'Choose the file of the list' }])
  if (!when.ok) return again(when.problems)
  const done = await page.policy.governance.propose(actor, {
    content: table.text,
    tests: tests?.ok ? tests.text : '',
    reason: answers.text('reason'),
    isShadow: answers.isTicked('isShadow'),
    from: when.at,
  })
  return done.ok ? visit.goTo(`/tables/proposals/${done.proposal.id}`) : again(done.refusals.map(problemOf))
}

type SentText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: Problem }

/** The text of a file of the form; undefined when none was chosen. */
async function sentText(visit: Visit, field: string): Promise<SentText | undefined> {
  const file = await visit.sentFile(field)
  const read = file && readUtf8(await file.bytes())
  if (!read || read.ok) return read
  return { ok: false, problem: { field, text: `Line ${read.line}: ${read.fault}.` } }
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
  'table-in-the-past': 'when-date',
  'table-too-far-ahead': 'when-date',
}

function problemOf({ rule, text, whatToDo }: TableRefusal): Problem {
  return { field: FIELDS[rule], text: `${text} ${whatToDo}` }
}

async function rollBack(visit: Visit): Promise<Response> {
  const { page, actor } = visit
  const found = await page.policy.proposal(visit.param())
  if (!found) return visit.notFound()
  const reason = (await visit.answers()).text('reason')
  const done = await page.policy.governance.rollBack(actor, { revision: found.proposal.hash, reason })
  return done.ok ? visit.goTo(`/tables/proposals/${done.proposal.id}`) : one(visit, done.refusals)
}

/** Back to the proposal, which shows what became of it, or what a rule has against it. */
function decided(visit: Visit, done: { readonly ok: true } | TableRefused): Response | Promise<Response> {
  return done.ok ? visit.goTo(`/tables/proposals/${visit.param()}`) : one(visit, done.refusals)
}

async function one(visit: Visit, refusals: readonly TableRefusal[] = []): Promise<Response> {
  const { page, actor, visitor } = visit
  const found = await page.policy.proposal(visit.param())
  if (!found) return visit.notFound()
  const { proposal } = found
  const mayGovern = reachOf(actor, 'govern-table') !== undefined
  const reasonIsShown = mayGovern && ['proposed', 'scheduled', 'superseded'].includes(proposal.stage)
  const problems = refusals
    .map(problemOf)
    .map(({ field, text }) => ({ field: reasonIsShown ? field : undefined, text }))
  const view = proposalPage({
    ...{ ...found, visitor, mayGovern, problems },
    maySeeImpact: reachOf(actor, 'table-impact') !== undefined,
    isOwn: isSamePerson(actor, proposal.proposedBy),
  })
  return visit.showForm(view, refusals)
}

async function impact(visit: Visit): Promise<Response> {
  const { page, visitor, now } = visit
  const month = parseMonth(visit.query('month')) ?? monthsLater(monthAt(now), -1)
  const report = await page.policy.impact(visit.param('revision'), month)
  if (report === 'too-many') return visit.problem({ code: 'too-many-waiting' })
  return report ? visit.show(impactPage({ visitor, report, month, now })) : visit.notFound()
}
