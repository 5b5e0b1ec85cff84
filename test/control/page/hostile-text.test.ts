/** Every page with hostile text in every place: shown as text, with one heading, and no ID or name amiss. */
import t from 'tap'
import type { Html } from '../../../src/control/html/html.ts'
import { Answers } from '../../../src/control/page/forms/answers.ts'
import type { Visitor } from '../../../src/control/page/parts/document.ts'
import { auditPage, auditVerifiedPage } from '../../../src/control/page/views/audit.ts'
import { bulkForm, bulkResultsPage } from '../../../src/control/page/views/bulk.ts'
import { changedMeanwhilePage } from '../../../src/control/page/views/change.ts'
import { clearCheck, clearForm } from '../../../src/control/page/views/clear.ts'
import { decisionPage } from '../../../src/control/page/views/decision.ts'
import { answersGonePage, errorPage } from '../../../src/control/page/views/error-pages.ts'
import { homePage } from '../../../src/control/page/views/home.ts'
import { incidentForm, incidentsPage } from '../../../src/control/page/views/incidents.ts'
import { letterPage } from '../../../src/control/page/views/letter.ts'
import { listPage } from '../../../src/control/page/views/list-in-force.ts'
import { meterPage } from '../../../src/control/page/views/meter-point.ts'
import { operationsPage } from '../../../src/control/page/views/operations.ts'
import { receiptPage } from '../../../src/control/page/views/receipt.ts'
import { restrictCheck, restrictForm } from '../../../src/control/page/views/restrict.ts'
import { restrictedPage } from '../../../src/control/page/views/restricted.ts'
import { searchPage } from '../../../src/control/page/views/search.ts'
import {
  roleChoicePage,
  signedInPage,
  signedOutPage,
  signInPage,
} from '../../../src/control/page/views/sign-in.ts'
import { taskDonePage, taskPage, tasksPage } from '../../../src/control/page/views/tasks.ts'
import { newTokenPage, tokensPage } from '../../../src/control/page/views/tokens.ts'
import { instantOf } from '../../../src/core/device/device.ts'
import { monthAt } from '../../../src/core/report/span.ts'
import { ROLES } from '../../../src/core/restriction/party.ts'
import type { FlagView } from '../../../src/restrictions/views.ts'
import { actor, DECLARATION, ESME, GPF, GSME, START } from '../../restriction/scene.ts'

/** Ends an attribute, ends an element, opens a script, and starts an entity. */
const EVIL = `x"'><script>alert(1)</script>&amp;`

const visitor: Visitor = { role: 'service-centre', name: EVIL, partyName: EVIL, csrfToken: EVIL }
const problems = [
  { field: undefined, text: EVIL },
  { field: EVIL, text: EVIL },
]
const suppliers = [{ id: EVIL, name: EVIL }]

const flag: FlagView = {
  id: EVIL,
  mpxn: EVIL,
  fuel: 'gas',
  meter: GSME,
  members: [GSME, GPF],
  from: START,
  until: instantOf(START + 1),
  isClosed: false,
  clearReason: EVIL,
  version: 1,
  sequence: 2,
  inForceAt: undefined,
  recordedAt: START,
  state: 'effective',
  setter: {
    setBy: { ...actor(EVIL, 'service-centre'), name: EVIL },
    onBehalfOf: EVIL,
    ticket: EVIL,
    reference: EVIL,
    declaration: { ...DECLARATION, steps: ['advice-given'], isLastResort: true, isCreditMode: true },
  },
}

const device = {
  key: GSME,
  type: 'GSME' as const,
  hub: ESME,
  mpxn: EVIL,
  status: EVIL,
  region: EVIL,
  generation: 'SMETS2' as const,
  isRestricted: true,
  since: START,
}

const schedule = {
  ...{ id: EVIL, device: GSME, owner: GSME, srvs: [EVIL], party: EVIL, createdAt: START, until: undefined },
}

const task = {
  id: EVIL,
  kind: 'review-tenancy' as const,
  restriction: EVIL,
  party: EVIL,
  createdAt: START,
  dueAt: START,
  clearAt: undefined,
  doneAt: undefined,
  outcome: EVIL,
}

const row = {
  id: EVIL,
  class: 'consumption' as const,
  why: EVIL,
  srv: [EVIL],
  alert: [EVIL],
  dccAlert: [],
  dccAlertPayload: [],
  action: 'block' as const,
  when: { deviceType: ['GSME' as const] },
  otherwise: 'pass' as const,
  mode: 'shadow' as const,
  onUnknown: undefined,
  onStale: undefined,
  observe: [],
}

const gateway = {
  id: EVIL,
  sequence: 1,
  state: EVIL,
  tableRevision: EVIL,
  counts: { forward: 12_345, [EVIL]: 1 },
  seenAt: START,
  silentMs: 1,
  isLive: true,
  clock: { skewMs: 5, isBehind: true },
  epoch: 2,
}

const silent = { gateway: EVIL, why: 'silent' as const, seenAt: START, byMs: 9_000 }

const token = {
  ...{ id: EVIL, party: EVIL, name: EVIL, roles: ['supplier' as const], purpose: EVIL },
  ...{ madeAt: START, expiresAt: START, revokedAt: undefined, revokedBy: undefined },
}
const revoked = { ...token, revokedAt: START, revokedBy: { ...actor(EVIL, 'operations'), name: EVIL } }

const subject = { kind: 'meter-point', mpxn: EVIL } as const
/** To every question of every form. */
const answers = new Answers([
  ...['date-day', 'date-month', 'date-year', 'when-date-day', 'when-date-month', 'when-date-year'].map(evil),
  ...[
    'purpose',
    'when-time',
    'evidence',
    'reference',
    'onBehalfOf',
    'ticket',
    'reason',
    'outcome',
    'days',
  ].map(evil),
  ['when', ['later']],
  ['steps', ['advice-given', EVIL]],
])
function evil(name: string) {
  return [name, [EVIL]] as const
}
const shown = { visitor, subject, address: EVIL, answers, suppliers }
const line = { class: 'consumption' as const, text: EVIL, codes: [EVIL] }
const effects = { stops: [line], stays: [line], notes: [EVIL] }

/** Every page, with the hostile text wherever a text goes in. */
const PAGES: Readonly<Record<string, Html>> = {
  'sign in': signInPage(EVIL, { takesTokens: true, hasProvider: true }, problems),
  'signed in': signedInPage(EVIL),
  'signed out': signedOutPage(EVIL),
  'role choice': roleChoicePage(visitor, ROLES, problems),
  home: homePage({ visitor, openTasks: { count: 3, isMore: false }, hasOtherRoles: true }),
  search: searchPage({
    visitor,
    query: EVIL,
    problems,
    missing: { kind: 'device', text: EVIL, restrictHref: EVIL },
  }),
  'not yours': searchPage({
    visitor,
    query: EVIL,
    missing: { kind: 'meter-point', text: EVIL, isHidden: true },
  }),
  letter: letterPage({
    ...{ visitor, here: EVIL, meter: EVIL, fuel: 'gas', from: START, now: START, supplierName: EVIL },
    words: { stops: [EVIL], stays: [EVIL], notes: [EVIL] },
  }),
  incidents: incidentsPage({
    ...{ visitor, now: START, month: monthAt(START), recorded: EVIL, mayRecord: true, problems },
    incidents: [
      {
        ...{ reference: EVIL, from: START, until: undefined, regions: [EVIL], srvs: [EVIL] },
        ...{ device: GSME, openedBy: EVIL },
      },
    ],
  }),
  'incident form': incidentForm({
    ...{ visitor, answers, problems, told: [{ device: GSME, since: START }] },
  }),
  meter: meterPage({
    incidentHref: EVIL,
    letterHref: EVIL,
    ...{ visitor, now: START, here: EVIL, title: EVIL, mpxn: EVIL, fuel: 'gas', device, devices: [device] },
    ...{
      known: { kind: 'flag', flag, unvouched: [silent] },
      flags: [flag],
      supplier: EVIL,
      networkOperator: EVIL,
      warnings: [EVIL],
    },
    events: [{ at: START, action: EVIL, by: { ...actor(EVIL, 'supplier'), name: EVIL }, detail: {} }],
    ...{ restrictHref: EVIL, clearHref: EVIL },
  }),
  restrict: restrictForm({ ...shown, asksFuel: true, problems }),
  'restrict check': restrictCheck({
    ...shown,
    preview: {
      ...{ ...effects, outcome: 'already-set', draft: { members: [GSME] }, devices: [device] },
      ...{ warnings: [{ warning: 'not-commissioned', text: EVIL }], schedules: [schedule] },
    },
  }),
  'receipt of a set': receiptPage({
    ...{ visitor, flag, unvouched: [silent], here: EVIL, change: 'set', schedules: [schedule], now: START },
  }),
  'receipt of a clear': receiptPage({
    ...{ visitor, flag, unvouched: [silent], here: EVIL, change: 'clear', schedules: [], now: START },
  }),
  clear: clearForm({ ...shown, problems }),
  'clear check': clearCheck({
    ...shown,
    preview: {
      outcome: 'already-cleared',
      ...{ resumes: effects.stops, notes: effects.notes, stayRestricted: [ESME] },
    },
  }),
  changed: changedMeanwhilePage({
    visitor,
    subject,
    known: { kind: 'flag', flag, unvouched: [silent] },
    now: START,
  }),
  restricted: restrictedPage({
    ...{ visitor, flags: [flag], states: 'all', query: EVIL, problems },
    ...{ firstHref: EVIL, nextHref: EVIL, csvHref: EVIL },
  }),
  tasks: tasksPage({
    visitor,
    now: START,
    tasks: [{ task, flag }],
    isOpen: true,
    firstHref: EVIL,
    nextHref: EVIL,
  }),
  task: taskPage({
    visitor,
    task,
    flag,
    answers,
    suppliers,
    mayAnswer: true,
    clearHref: EVIL,
    problems,
  }),
  'task done': taskDonePage(visitor, task),
  bulk: bulkForm({ visitor, change: EVIL, key: EVIL, problems, columns: { set: [EVIL], clear: [EVIL] } }),
  'bulk results': bulkResultsPage({
    ...{ visitor, done: 1, refused: 1, csvHref: EVIL, here: EVIL, isFinished: true },
    ...{ refusedHref: EVIL, expected: 2 },
    rows: [
      {
        ...{ line: 2, outcome: 'refused', restriction: EVIL, refusals: [], remarks: [EVIL] },
        ...{ meter: EVIL, values: [EVIL] },
      },
    ],
  }),
  'bulk at work': bulkResultsPage({
    ...{ visitor, done: 1, refused: 0, csvHref: EVIL, here: EVIL, isFinished: false, rows: [] },
    ...{ refusedHref: undefined, expected: 2 },
  }),
  list: listPage({
    visitor,
    table: { name: EVIL, revision: EVIL, rows: [row] },
    nameOf: () => EVIL,
    query: '',
  }),
  'empty list': listPage({
    visitor,
    table: { name: EVIL, revision: EVIL, rows: [] },
    nameOf: () => EVIL,
    query: EVIL,
  }),
  tokens: tokensPage({
    ...{
      visitor: { ...visitor, role: 'auditor' },
      roles: ROLES,
      newId: EVIL,
      maxDays: 90,
      answers,
      problems,
    },
    tokens: [
      { ...token, state: 'works', mayRevoke: true },
      { ...revoked, state: 'revoked', mayRevoke: false },
    ],
    ...{ firstHref: EVIL, nextHref: EVIL },
  }),
  'new token': newTokenPage(visitor, EVIL, { ...token, tokenHash: EVIL }),
  'audit verified': auditVerifiedPage({
    ...{ visitor, now: START },
    check: {
      kind: 'whole',
      end: { count: 1, hash: EVIL },
      checkpoints: [{ count: 1, hash: EVIL, at: START, signature: EVIL }],
    },
  }),
  'audit broken': auditVerifiedPage({
    ...{ visitor, now: START },
    check: { kind: 'broken', broken: { fault: 'cut', index: 3 }, checkpoints: [] },
  }),
  'audit unchecked': auditVerifiedPage({
    ...{ visitor, now: START },
    check: { kind: 'unchecked', fault: { problem: 'forged', line: 2 } },
  }),
  audit: auditPage({
    ...{ visitor, firstHref: EVIL, nextHref: EVIL, problems, mayVerify: true },
    asked: { kind: 'all', subject: EVIL, party: EVIL, name: EVIL, action: EVIL, from: EVIL, until: EVIL },
    entries: [
      {
        ...{
          index: 1,
          at: START,
          actor: { ...actor(EVIL, 'auditor'), name: EVIL },
          action: EVIL,
          subject: EVIL,
        },
        ...{ detail: { [EVIL]: EVIL, deep: { [EVIL]: [EVIL] } }, previous: EVIL, hash: EVIL },
      },
    ],
  }),
  operations: operationsPage({
    ...{ visitor, now: START, gateways: [gateway], latest: 9, devices: 5, tableRevision: EVIL },
    overTime: { since: START, minutes: [{ from: START, counts: { forward: 3 } }] },
    lags: [{ from: START, changes: 2, longestMs: 340, waiting: 1 }],
    isHeld: false,
  }),
  decision: decisionPage({
    visitor,
    asked: { reference: EVIL, requestId: EVIL, day: EVIL },
    problems,
    found: [
      {
        record: { codes: [EVIL], devices: [EVIL], user: EVIL, fault: EVIL, rule: EVIL } as never,
        row: { table: EVIL, text: EVIL },
      },
    ],
  }),
  'answers gone': answersGonePage(visitor),
  error: errorPage('internal-fault', visitor, EVIL),
}

const texts = (page: Html): string => page.toString()
const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

for (const [name, made] of Object.entries(PAGES)) {
  const text = texts(made)
  t.test(`the page "${name}" shows hostile text as text`, async (t) => {
    t.equal(count(text, /<script/g), 1, 'our own script and no other')
    t.notMatch(text, /alert\(1\)<\/script>/)
    t.notMatch(text, /\son\w+=/, 'no event handler')
    t.notMatch(text, /\sstyle=/, 'no inline style, which the content security policy would drop')
    // A quote that got through would end an attribute early and leave an odd number of them.
    for (const tag of text.match(/<[a-z][^>]*>/g) ?? []) t.equal(count(tag, /"/g) % 2, 0, tag)
  })
  t.test(`the page "${name}" has one heading, one main landmark and a title`, async (t) => {
    t.equal(count(text, /<h1[ >]/g), 1)
    t.equal(count(text, /<main /g), 1)
    t.match(text, /<html lang="en-GB"/)
    t.match(text, /<title>[^<]+ – duisgate<\/title>/)
    t.match(text, /<a href="#main-content" class="govuk-skip-link"/)
    const ids = [...text.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id)
    t.same(ids.length, new Set(ids).size, 'no ID stands twice')
    for (const [, heading] of text.matchAll(/<th scope="col"[^>]*>([^<]*)</g))
      t.not(heading, '', 'every column has a name')
  })
}
