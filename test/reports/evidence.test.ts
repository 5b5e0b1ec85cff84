/** The audit in the evidence of a month: which entries belong to it, with the clocks of control planes apart, and what is left out. */
import t, { type Test } from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { parseMonth } from '../../src/core/report/span.ts'
import { evidenceOf } from '../../src/reports/evidence.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { AUDITOR, SUP_E } from '../restriction/scene.ts'

const MINUTE = 60_000
const found = parseMonth('2026-10')
if (!found) throw new Error('no month')
const { from, until } = found
const OCTOBER = found

type Entry = readonly [subject: string, at: number, action?: string]

/** Writes the entries in this order; the evidence of October, and the subjects of its extract. */
async function evidence(t: Test, entries: readonly Entry[]) {
  const asOf: Instant = instantOf(until + 10 * MINUTE)
  const store = openSqliteStore({ file: ':memory:', now: () => asOf })
  t.teardown(() => store.close())
  await store.change(async (unit) => {
    for (const [subject, at, action = 'restriction.set'] of entries)
      await unit.audit.append({ at: instantOf(at), actor: SUP_E, action, subject, detail: {} })
  })
  const { actions, entries: extract } = await evidenceOf(store, AUDITOR, OCTOBER, asOf)
  const subjects: string[] = []
  for await (const { subject } of extract()) subjects.push(subject)
  return { actions: Object.fromEntries(actions), subjects }
}

t.test('a month has its first instant and not that of the next', async (t) => {
  const { subjects, actions } = await evidence(t, [
    ['before', from - 1],
    ['first', from],
    ['last', until - 1],
    ['next', until],
  ])
  t.same(subjects, ['first', 'last'])
  t.same(actions, { 'restriction.set': 2 })
})

t.test('who looked and who signed in is counted and left out of the extract', async (t) => {
  const { subjects, actions } = await evidence(t, [
    ['set', from],
    ['looked up', from, 'restriction.looked-up'],
    ['in', from, 'session.opened'],
    ['cleared', from, 'restriction.cleared'],
    ['out', from, 'session.closed'],
    ['denied', from, 'access.denied'],
  ])
  t.same(subjects, ['set', 'cleared', 'denied'])
  t.same(actions, {
    ...{ 'restriction.set': 1, 'restriction.looked-up': 1, 'session.opened': 1, 'restriction.cleared': 1 },
    ...{ 'session.closed': 1, 'access.denied': 1 },
  })
})

t.test('entries whose clocks were apart are found on both sides of the beginning', async (t) => {
  const { subjects } = await evidence(t, [
    ['ahead', from],
    ['behind', from - MINUTE],
    ['after', from + 1],
  ])
  t.same(subjects, ['ahead', 'after'])
})

t.test('entries whose clocks were a whole hour apart are found at the beginning too', async (t) => {
  const { subjects } = await evidence(t, [
    ['ahead', from],
    ['behind', from - 60 * MINUTE],
    ['after', from + 1],
  ])
  t.same(subjects, ['ahead', 'after'])
})

t.test('an extract of more than a page goes on past entries whose clock was ahead of the end', async (t) => {
  const page = Array.from({ length: 499 }, (_, number): Entry => [`${number}`, from + number])
  const { subjects } = await evidence(t, [
    ...page,
    ['ahead', until + 59 * MINUTE],
    ['behind', until - 1],
    ['far after', until + 61 * MINUTE],
  ])
  t.same(subjects, [...page.map(([subject]) => subject), 'behind'])
})
