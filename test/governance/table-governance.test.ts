import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { TABLE_RULES } from '../../src/core/policy/governance-rules.ts'
import { shadowOf } from '../../src/core/policy/table-proposal.ts'
import { verifyChain } from '../../src/core/restriction/audit-chain.ts'
import { tableAt, tableHistory } from '../../src/governance/table-history.ts'
import {
  CENTRE,
  granted,
  JANE,
  JOHN,
  LENIENT,
  LENIENT_TESTS,
  LITERAL,
  LITERAL_TESTS,
  type Office,
  OTHER_JANE,
  openOffice,
  RECOMMENDED,
  RECOMMENDED_TESTS,
  revisionOf,
  rulesOf,
  START,
} from './tables.ts'

const HOUR = 3_600_000
const later = (ms: number) => instantOf(START + ms)

const asked = { content: RECOMMENDED, tests: RECOMMENDED_TESTS, reason: 'the first list' }

/** The audit as action and person. */
async function trail({ store }: Office): Promise<string[]> {
  const entries = await store.read((view) => view.audit.from(1, 1_000))
  return entries.map(({ action, actor }) => `${action} ${actor.name}`)
}

function inForce({ store, clock }: Office) {
  return tableAt(store, clock.now).then((found) => found?.proposal.revision)
}

t.test('a table is in force once two people have said so, and not before', async (t) => {
  const office = openOffice(t)
  const { proposal } = granted(await office.governance.propose(JANE, asked))
  t.match(proposal, {
    stage: 'proposed',
    revision: revisionOf(RECOMMENDED),
    name: 'recommended',
    basis: undefined,
  })
  t.equal(await inForce(office), undefined)
  const done = granted(await office.governance.approve(JOHN, proposal.id, 'looked at'))
  t.match(done, { outcome: 'approved', proposal: { stage: 'in-force', inForceAt: START, note: 'looked at' } })
  t.equal(await inForce(office), revisionOf(RECOMMENDED))
  t.same(await trail(office), ['table.proposed jane', 'table.approved john'])
})

t.test(
  'whoever proposed a table does not approve it, under no spelling of the name and no role',
  async (t) => {
    const office = openOffice(t)
    const { id } = granted(await office.governance.propose(JANE, asked)).proposal
    for (const name of ['jane', 'Jane', ' JANE '])
      t.same(rulesOf(await office.governance.approve({ ...JANE, name }, id)), ['same-person'], name)
    t.equal(await inForce(office), undefined)
    t.same(
      (await trail(office)).slice(1),
      Array.from([' jane', ' Jane', '  JANE '], (name) => `table.refused${name}`),
    )
    granted(await office.governance.approve(OTHER_JANE, id))
    t.equal(await inForce(office), revisionOf(RECOMMENDED), 'a Jane of another party is another person')
  },
)

t.test('roles that do not govern are refused and in the audit, and nothing is written', async (t) => {
  const office = openOffice(t)
  const { id } = granted(await office.governance.propose(JANE, asked)).proposal
  for (const outcome of [
    await office.governance.propose(CENTRE, asked),
    await office.governance.approve(CENTRE, id),
    await office.governance.reject(CENTRE, id, 'no'),
    await office.governance.rollBack(CENTRE, { revision: revisionOf(RECOMMENDED), reason: 'no' }),
  ])
    t.same(rulesOf(outcome), ['table-role'])
  t.equal((await trail(office)).filter((line) => line === 'table.refused sam').length, 4)
  t.equal(await inForce(office), undefined)
})

t.test(
  'a table takes effect at its time, and of any past date it can be told which was in force',
  async (t) => {
    const office = openOffice(t)
    await office.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
    office.clock.now = later(HOUR)
    await office.bringIn(LENIENT, LENIENT_TESTS, later(3 * HOUR))
    t.equal(await inForce(office), revisionOf(RECOMMENDED))
    office.clock.now = later(3 * HOUR - 1)
    t.equal(await inForce(office), revisionOf(RECOMMENDED))
    office.clock.now = later(3 * HOUR)
    t.equal(await inForce(office), revisionOf(LENIENT))
    const at = async (ms: number) => (await tableAt(office.store, later(ms)))?.proposal.revision
    t.equal(await at(-1), undefined)
    t.equal(await at(0), revisionOf(RECOMMENDED))
    t.equal(await at(3 * HOUR - 1), revisionOf(RECOMMENDED))
    t.equal(await at(3 * HOUR), revisionOf(LENIENT))
    const spans = await tableHistory(office.store)
    t.same(
      spans.map(({ proposal, from, until }) => [proposal.revision, from, until]),
      [
        [revisionOf(RECOMMENDED), START, later(3 * HOUR)],
        [revisionOf(LENIENT), later(3 * HOUR), undefined],
      ],
    )
    t.equal((await tableAt(office.store, START))?.content, RECOMMENDED, 'with its text')
  },
)

t.test('a proposal whose time passed while it waited takes effect when it is approved', async (t) => {
  const office = openOffice(t)
  const { id } = granted(await office.governance.propose(JANE, { ...asked, from: later(HOUR) })).proposal
  office.clock.now = later(2 * HOUR)
  t.equal(granted(await office.governance.approve(JOHN, id)).proposal.inForceAt, later(2 * HOUR))
})

t.test('a roll-back brings back an earlier table at once, by two people', async (t) => {
  const office = openOffice(t)
  await office.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  office.clock.now = later(HOUR)
  await office.bringIn(LENIENT, LENIENT_TESTS)
  office.clock.now = later(2 * HOUR)
  const back = { revision: revisionOf(RECOMMENDED), reason: 'the balance leaks' }
  const { proposal } = granted(await office.governance.rollBack(JOHN, back))
  t.equal(await inForce(office), revisionOf(LENIENT), 'one is not enough')
  t.same(rulesOf(await office.governance.approve(JOHN, proposal.id)), ['same-person'])
  granted(await office.governance.approve(JANE, proposal.id))
  t.equal(await inForce(office), revisionOf(RECOMMENDED))
  t.same(rulesOf(await office.governance.rollBack(JOHN, back)), ['nothing-changes'])
  const never = { revision: revisionOf(LITERAL), reason: 'back' }
  t.same(rulesOf(await office.governance.rollBack(JOHN, never)), ['unknown-revision'])
  await office.governance.propose(JOHN, { content: LITERAL, tests: LITERAL_TESTS, reason: 'a trial' })
  t.same(rulesOf(await office.governance.rollBack(JOHN, never)), ['never-in-force'])
})

t.test(
  'a table that was drawn up against another one than is in force is not approved over it',
  async (t) => {
    const office = openOffice(t)
    await office.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
    const one = granted(
      await office.governance.propose(JANE, { content: LENIENT, tests: LENIENT_TESTS, reason: 'a' }),
    )
    const other = granted(
      await office.governance.propose(JANE, { content: LITERAL, tests: LITERAL_TESTS, reason: 'b' }),
    )
    granted(await office.governance.approve(JOHN, one.proposal.id))
    t.same(rulesOf(await office.governance.approve(JOHN, other.proposal.id)), ['basis-changed'])
    t.equal(await inForce(office), revisionOf(LENIENT))
  },
)

t.test('a scheduled table can be withdrawn by one person until a minute before its time', async (t) => {
  const office = openOffice(t)
  await office.bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const id = await office.bringIn(LENIENT, LENIENT_TESTS, later(HOUR))
  office.clock.now = later(HOUR - 59_999)
  t.same(rulesOf(await office.governance.reject(JANE, id, 'too soon')), ['too-late-to-withdraw'])
  office.clock.now = later(HOUR - 60_000)
  t.equal(granted(await office.governance.reject(JANE, id, 'too soon')).outcome, 'withdrawn')
  t.equal(granted(await office.governance.reject(JANE, id, 'too soon')).outcome, 'already-rejected')
  office.clock.now = later(2 * HOUR)
  t.equal(await inForce(office), revisionOf(RECOMMENDED))
  t.same(rulesOf(await office.governance.approve(JOHN, id)), ['proposal-decided'])
})

t.test('a scheduled table runs in the shadow until its time, and no longer', async (t) => {
  const { governance, bringIn } = openOffice(t)
  await bringIn(RECOMMENDED, RECOMMENDED_TESTS)
  const request = {
    content: LENIENT,
    tests: LENIENT_TESTS,
    reason: 'to see',
    from: later(HOUR),
    isShadow: true,
  }
  const { id } = granted(await governance.propose(JANE, request)).proposal
  const { proposal } = granted(await governance.approve(JOHN, id))
  t.equal(shadowOf([proposal], later(HOUR - 1))?.id, id)
  t.equal(shadowOf([proposal], later(HOUR)), undefined)
})

t.test('proposing and approving again changes nothing and says so', async (t) => {
  const office = openOffice(t)
  const first = granted(await office.governance.propose(JANE, asked))
  const again = granted(await office.governance.propose(JANE, asked))
  t.match(again, { outcome: 'already-proposed', proposal: { id: first.proposal.id } })
  granted(await office.governance.approve(JOHN, first.proposal.id))
  office.clock.now = later(HOUR)
  const approved = granted(await office.governance.approve(JOHN, first.proposal.id))
  t.match(approved, { outcome: 'already-approved', proposal: { inForceAt: START } })
  t.same(rulesOf(await office.governance.approve(OTHER_JANE, first.proposal.id)), ['proposal-decided'])
  t.same(rulesOf(await office.governance.propose(JANE, asked)), ['nothing-changes'])
  t.same(await trail(office), [
    ...['table.proposed jane', 'table.approved john', 'table.refused jane', 'table.refused jane'],
  ])
})

t.test('what does not pass check, the invariants or its own tests is not proposed', async (t) => {
  const office = openOffice(t)
  const propose = (content: string, tests = RECOMMENDED_TESTS, more = {}) =>
    office.governance.propose(JANE, { content, tests, reason: 'because', ...more })
  const unquoted = RECOMMENDED.replace("srv: ['4.10']", 'srv: [4.10]')
  const refused = await propose(unquoted)
  t.same(rulesOf(refused), ['table-has-problems'])
  t.match(refused, { refusals: [{ text: /read-network-data, line \d+: srv lists 4\.10 without quotes/ }] })
  const reclassed = RECOMMENDED.replace(
    'id: firmware\n    class: firmware',
    'id: firmware\n    class: configuration',
  )
  const lost = await propose(reclassed)
  t.same(rulesOf(lost), ['never-blocked-lost'])
  t.match(lost, { refusals: [{ text: /SRV 11\.1 \(firmware\); SRV 11\.2/ }] })
  const bomb = [
    'a0: &a0 [x]',
    ...Array.from({ length: 12 }, (_, n) => `a${n + 1}: &a${n + 1} [${'*a'.concat(`${n}, `).repeat(12)}]`),
  ]
  t.same(rulesOf(await propose(bomb.join('\n'))), ['table-has-problems'], 'aliases upon aliases')
  t.same(rulesOf(await propose(RECOMMENDED, bomb.join('\n'))), ['tests-unreadable'])
  t.same(rulesOf(await propose(RECOMMENDED, '')), ['tests-missing'])
  t.same(rulesOf(await propose(RECOMMENDED, 'tests: []')), ['tests-missing'])
  t.same(rulesOf(await propose(RECOMMENDED, 'tests: [{}]')), ['tests-unreadable'])
  t.match(await propose(LENIENT), {
    refusals: [{ rule: 'tests-fail', text: /The balance is rejected, line \d+: expected/ }],
  })
  t.same(rulesOf(await propose(RECOMMENDED, RECOMMENDED_TESTS, { reason: ' ', from: later(-1) })), [
    ...['reason-missing', 'table-in-the-past'],
  ])
  t.same(rulesOf(await propose(RECOMMENDED, RECOMMENDED_TESTS, { from: later(400 * 24 * HOUR) })), [
    'table-too-far-ahead',
  ])
  t.same(rulesOf(await office.governance.approve(JOHN, 'P-1')), ['unknown-proposal'])
  t.same(rulesOf(await office.governance.reject(JOHN, 'P-1', 'no')), ['unknown-proposal'])
  t.same(await office.store.read(({ tables }) => tables.openProposals()), [])
  const { entries, end } = await office.store.read(async (view) => ({
    entries: await view.audit.from(1, 1_000),
    end: await view.audit.end(),
  }))
  t.same(verifyChain(entries, [end]), end)
  t.ok(entries.every(({ action }) => action === 'table.refused'))
})

t.test('of two who approve at once one is told that it is decided', async (t) => {
  const office = openOffice(t)
  const { id } = granted(await office.governance.propose(JANE, asked)).proposal
  const both = await Promise.all([JOHN, OTHER_JANE].map((actor) => office.governance.approve(actor, id)))
  t.same(
    both.map(({ ok }) => ok),
    [true, false],
  )
})

t.test('docs/governance.md lists exactly the rules of governance', async (t) => {
  const { readFileSync } = await import('node:fs')
  const text = readFileSync(new URL('../../docs/governance.md', import.meta.url), 'utf8')
  for (const [rule, { text: meaning, whatToDo }] of Object.entries(TABLE_RULES))
    t.ok(text.includes(`| \`${rule}\` | ${meaning} | ${whatToDo} |`), rule)
})
