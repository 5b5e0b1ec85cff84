/** What pages say, and to whom: a decision, problems and where they lead, a menu by role, a search by what a role knows. */
import t from 'tap'
import type { BulkRowResult } from '../../../src/control/bulk-file.ts'
import { type Html, html } from '../../../src/control/html/html.ts'
import { NO_ANSWERS } from '../../../src/control/page/forms/answers.ts'
import type { Visitor } from '../../../src/control/page/parts/document.ts'
import { remarksOn } from '../../../src/control/page/views/bulk.ts'
import { decisionPage } from '../../../src/control/page/views/decision.ts'
import { homePage } from '../../../src/control/page/views/home.ts'
import { restrictForm } from '../../../src/control/page/views/restrict.ts'
import { searchPage } from '../../../src/control/page/views/search.ts'
import { signInPage } from '../../../src/control/page/views/sign-in.ts'

const visitor: Visitor = { role: 'service-centre', name: 'sam.desk', partyName: 'Desk', csrfToken: 'c' }

const texts = (page: Html): string => page.toString()

t.test('a decision is shown with all that is known of it, each under its name', (t) => {
  const facts = {
    ...{
      time: 'Arrived',
      direction: 'Direction',
      kind: 'Kind',
      user: 'Service User',
      requestId: 'RequestID',
    },
    ...{ verdict: 'Verdict', outcome: 'Outcome', fault: 'Fault', rule: 'Row', flag: 'Flag' },
    ...{ flagDevice: 'Of Device', flagVersion: 'Version of the flag', flagAgeMs: 'Age of the flag in ms' },
    ...{ tableRevision: 'Revision of the list' },
  }
  const asked = { reference: 'R', requestId: '', day: '' }
  const known = (fields: Record<string, unknown>) => {
    const record = { decision: 'Qa', codes: ['4.8.1'], devices: ['00-DB'], ...fields } as never
    const text = texts(decisionPage({ visitor, asked, problems: [], found: [{ record, row: undefined }] }))
    const pairs = /<dt[^>]*>\s*([^<]*?)\s*<\/dt>\s*<dd[^>]*>\s*([^<]*?)\s*<\/dd>/g
    return [...text.matchAll(pairs)].map(([, name, value]) => `${name}: ${value}`).sort()
  }
  const always = ['Codes: 4.8.1', 'Devices: 00-DB', 'Reference: Qa']
  t.same(known({}), always)
  const all = Object.fromEntries(Object.keys(facts).map((field) => [field, `the ${field}`]))
  const shown = Object.entries(facts).map(([field, name]) => `${name}: the ${field}`)
  t.same(known(all), [...always, ...shown].sort())
  t.end()
})

t.test(
  'several decisions of one RequestID are a list, each with the way to all that is known of it',
  async (t) => {
    const asked = { reference: '', requestId: '90-B3:00-DB:7', day: '2026-11-23' }
    const found = ['Qa', 'Qb'].map((decision) => {
      const fields = { decision, time: '2026-11-23T14:05:00.000Z', codes: ['4.8.1'], devices: [] }
      return { record: { ...fields, verdict: 'reject' } as never, row: undefined }
    })
    const text = texts(decisionPage({ visitor, asked, problems: [], found }))
    t.match(text, '2 decisions with this RequestID')
    t.match(text, '>Reject<', 'in words, not as the journal has it')
    t.match(text, '<a class="govuk-link dg-id" href="/decisions?reference=Qb">Qb</a>')
    t.notMatch(text, 'The message</h2>', 'and not one below the other')
    t.match(texts(decisionPage({ visitor, asked, problems: [], found: found.slice(1) })), 'The message</h2>')
  },
)

t.test('a page with problems says so first in its title', async (t) => {
  t.match(
    texts(
      signInPage('/', { takesTokens: true, hasProvider: false }, [{ field: 'token', text: 'Enter it.' }]),
    ),
    '<title>Error: Sign in – duisgate</title>',
  )
})

t.test('a link of the error summary leads to the field it is about', async (t) => {
  const text = texts(
    signInPage('/', { takesTokens: true, hasProvider: false }, [{ field: 'token', text: 'Enter it.' }]),
  )
  t.match(text, '<a href="#token">Enter it.</a>')
  t.match(text, /<input[^>]*id="token"[^>]*aria-describedby="token-error"/)
})

t.test('each field of the restrict form can be reached from the error summary', async (t) => {
  const fields = [
    'onBehalfOf',
    'ticket',
    'fuel',
    'steps',
    'date',
    'evidence',
    'reference',
    'isLastResort',
    'isCreditMode',
  ]
  const all = [...fields, 'when-date', 'when-time'].map((field) => ({ field, text: `mend ${field}` }))
  const subject = { kind: 'meter-point', mpxn: '1200000000011' } as const
  const form = { visitor, subject, address: '/restrict', suppliers: [], answers: NO_ANSWERS, asksFuel: true }
  const text = texts(restrictForm({ ...form, problems: all }))
  for (const { field } of all) {
    t.match(text, `href="#${field}"`)
    t.match(text, new RegExp(`<(input|select)[^>]* id="${field}"`), `a control has the ID ${field}`)
  }
})

t.test('a navigation has only what the role may open', async (t) => {
  const seen = (role: Visitor['role']): string =>
    texts(homePage({ visitor: { ...visitor, role }, openTasks: undefined, hasOtherRoles: false }))
  t.match(seen('auditor'), 'href="/audit"')
  t.notMatch(seen('auditor'), 'href="/bulk"')
  t.match(seen('supplier'), 'href="/bulk"')
  t.notMatch(seen('supplier'), 'href="/audit"')
  t.notMatch(seen('csp'), 'href="/tasks"')
  t.match(seen('operations'), 'href="/operations"')
})

t.test('a CSP is asked for a Device ID, and told of regions, since it sees no meter points', async (t) => {
  const missing = { kind: 'device', text: '00-DB', isHidden: true } as const
  const seen = (role: Visitor['role']) =>
    texts(searchPage({ visitor: { ...visitor, role }, query: '', missing }))
  t.match(
    seen('csp'),
    /You see Devices in your regions.*region of its Communications Hub.*>\s*Device ID\s*</s,
  )
  t.notMatch(seen('csp'), 'MPAN')
  t.match(seen('supplier'), /You see what you supply.*MPAN, MPRN or Device ID/s)
})

t.test('a party that is called as its role is named once', async (t) => {
  const called = { ...visitor, role: 'operations', partyName: 'DSP operations', name: 'olga.ops' } as const
  t.match(
    texts(homePage({ visitor: called, openTasks: undefined, hasOtherRoles: false })),
    '>DSP operations · olga.ops<',
  )
})

t.test('a bulk row that changed nothing says how the meter was', async (t) => {
  const row = { line: 2, refusals: [], remarks: [], values: [], cells: [] }
  const said = (outcome: BulkRowResult['outcome']) =>
    remarksOn({ ...row, outcome, restriction: undefined, meter: undefined })
  t.equal(said('already-set'), 'The meter was Restricted already.')
  t.equal(said('already-cleared'), 'The meter was not Restricted.')
})

t.test('markup cannot be made of something that is not ready', async (t) => {
  const late = Promise.resolve('x')
  // @ts-expect-error the type refuses it too
  t.throws(() => html`<p>${late}</p>`, { name: 'TypeError' })
})
