/** The reports of a synthetic October against a recount from its raw journal; run on each store driver. */
import { join } from 'node:path'
import type { Test } from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import type { PerformanceRow } from '../../src/core/report/performance.ts'
import type { Actor } from '../../src/core/restriction/party.ts'
import { findLeaks } from '../../src/reports/leaks.ts'
import { listedRulesOf } from '../../src/reports/lists.ts'
import { RollUp } from '../../src/reports/roll-up.ts'
import type { PrunedTable } from '../../src/store/report-store.ts'
import { registration } from '../restriction/scene.ts'
import { linesOf, recordWith, writeJournal } from './journal-lines.ts'
import {
  at,
  EXCEPTIONS,
  LONG_AGO,
  liveOctober,
  meterOf,
  mpanOf,
  octobersRecords,
  REVISION,
} from './october.ts'
import { linesOfMonth, performanceRow, rawLines, stoppedOf } from './recount.ts'
import {
  AUDITOR,
  actor,
  inTwoFiles,
  keptList,
  log,
  month,
  OCTOBER,
  type ReportPlace,
  reportsOn,
  stoppedAt,
} from './reports-place.ts'

export function reportsSuite(t: Test, name: string, open: (t: Test) => Promise<ReportPlace>): void {
  t.test(`${name}: the reports of October equal a recount from the raw journal`, async (t) => {
    const { store, clock } = await open(t)
    await liveOctober(store, clock)
    const text = linesOf(octobersRecords())
    const folder = inTwoFiles(join(t.testdir(), 'journal'), text)
    const list = () => ({ ...keptList, revision: REVISION })
    const rolled = await new RollUp({ store: store.reports, folder, log, batchBytes: 65_536, list }).run()
    t.match(rolled, { records: rawLines(text).length, unreadable: 0 })
    const reports = reportsOn(store, clock)
    const lines = linesOfMonth(rawLines(text), 2026, 10)

    await t.test('performance', async (t) => {
      const { rows, measures } = await reports.performance(AUDITOR, OCTOBER)
      const expected = rows.map(({ srv, region }) => performanceRow(lines, srv, region))
      t.same(rows, expected)
      t.equal(
        rows.reduce((sum, row) => sum + row.requests, 0),
        lines.filter(({ kind }) => kind === 'service-request').length,
        'no request is missing',
      )
      t.same(new Set(rows.map(({ region }) => region)), new Set(['North', 'Central', 'South']))
      t.ok(rows.some(({ rejected }) => rejected > 0))
      t.ok(rows.some((row) => row.successRate !== row.successRateWithoutExceptions))
      const firmware = rows.filter(({ srv }) => srv === '11.1')
      t.ok(
        firmware.length > 0 && firmware.every(({ exceptions }) => exceptions === 0),
        'the flag touches none',
      )
      const sum = (column: 'requests' | 'exceptions', some: readonly PerformanceRow[]) =>
        some.reduce((total, row) => total + row[column], 0)
      const reads = rows.filter(({ srv }) => srv === '4.1.1')
      t.match(measures, {
        stoppable: { requests: sum('requests', reads), exceptions: sum('exceptions', reads) },
        all: { requests: sum('requests', rows), exceptions: sum('exceptions', reads) },
      })
      t.ok((measures.stoppable.successRateWithoutExceptions ?? 0) > (measures.stoppable.successRate ?? 1))
      t.ok((measures.all.successRate ?? 0) > (measures.stoppable.successRate ?? 1))
      t.comment(`figure: ${rows.length} of ${rows.length} rows as recounted`)
    })

    await t.test('exceptions', async (t) => {
      const rows = []
      for await (const row of reports.exceptions(AUDITOR, OCTOBER)) rows.push(row)
      const sorted = (all: readonly (readonly unknown[])[]) => all.map((each) => JSON.stringify(each)).sort()
      t.same(
        sorted(rows.map((row) => [row.device, row.hub, row.region, row.supplier, row.spans])),
        sorted(
          EXCEPTIONS.map(([device, hub, region, supplier, from = '', until = '']) => {
            return [device, hub, region, supplier, [{ from: at(from), until: at(until) }]]
          }),
        ),
      )
      for (const [device = '', hub, , supplier, from = '', until = ''] of EXCEPTIONS) {
        const row = rows.find(
          (each) => each.device === device && each.hub === hub && each.supplier === supplier,
        )
        t.same(row?.blocked, stoppedOf(lines, device, from, until), `${device} at ${hub}`)
        t.equal(row?.restrictedMs, Date.parse(until) - Date.parse(from))
      }
      const blocked = await reports.blocked(AUDITOR, OCTOBER)
      const inTotal = (each: { rejected: number; withheld: number }) => each.rejected + each.withheld
      const stopped = lines.filter(({ outcome }) => outcome === 'rejected' || outcome === 'withheld')
      t.equal(
        blocked.reduce((sum, each) => sum + inTotal(each), 0),
        stopped.length,
      )
    })

    await t.test('uptake, from the audit', async (t) => {
      const entries = await store.read((view) => view.audit.from(1, 10_000))
      const changes = entries.filter(({ action }) => action.startsWith('restriction.'))
      const ended = (action: string) =>
        changes.filter(({ action: each, detail }) => {
          const until = String(detail.until ?? '')
          return each === action && until > String(detail.from) && until.startsWith('2026-10')
        }).length
      const rows = await reports.uptake(AUDITOR, OCTOBER)
      const sum = (column: 'set' | 'cleared' | 'closed' | 'inEffect') =>
        rows.reduce((total, row) => total + row[column], 0)
      const begun = changes.filter(({ action, subject, detail }) => {
        const isTakenBack = changes.some(
          (each) =>
            each.subject === subject &&
            each.detail.until !== undefined &&
            String(each.detail.until) <= String(detail.from),
        )
        return action === 'restriction.set' && String(detail.from).startsWith('2026-10') && !isTakenBack
      })
      t.equal(sum('set'), begun.length)
      t.same(
        [sum('set'), sum('cleared'), sum('closed')],
        [4, ended('restriction.cleared'), ended('restriction.closed')],
      )
      t.same([sum('cleared'), sum('closed'), sum('inEffect')], [3, 1, 3], 'as lived')
      const ofNext = rows.filter(({ supplier }) => supplier === 'SUP-N')
      t.match(ofNext, [{ region: 'North', set: 0, inEffect: 1, ages: { '31 to 90 days': 1 } }])
    })

    await t.test('who sees how much', async (t) => {
      const seenBy = async (who: Actor) => {
        const seen: string[] = []
        for await (const { device, supplier, spans } of reports.exceptions(who, OCTOBER))
          seen.push(`${device} ${supplier} ${spans.map(({ from, until }) => `${from}-${until}`)}`)
        return seen.sort()
      }
      const expected = (test: (row: readonly string[]) => boolean) =>
        EXCEPTIONS.filter(test)
          .map(
            ([device, , , supplier, from = '', until = '']) =>
              `${device} ${supplier} ${at(from)}-${at(until)}`,
          )
          .sort()
      for (const party of ['SUP-E', 'SUP-N', 'SUP-G'])
        t.same(
          await seenBy(actor(party, 'supplier')),
          expected((row) => row[3] === party),
          party,
        )
      t.same(await seenBy(actor('NET', 'network-operator')), [])
      const { rows: own } = await reports.performance(actor('SUP-N', 'supplier'), OCTOBER)
      const asked = lines.filter(({ kind, user }) => kind === 'service-request' && user.endsWith('01-00-03'))
      t.equal(
        own.reduce((sum, row) => sum + row.requests, 0),
        asked.length,
      )
      t.same((await reports.performance(actor('CSP-N', 'csp'), OCTOBER)).rows, [])
      t.same(
        await reports
          .uptake(actor('SUP-G', 'supplier'), OCTOBER)
          .then((rows) => rows.map((row) => row.supplier)),
        ['SUP-G'],
      )
    })

    await t.test('the months beside it', async (t) => {
      for (const [name, number] of [
        ['2026-09', 9],
        ['2026-11', 11],
      ] as const) {
        const { rows } = await reports.performance(AUDITOR, month(name))
        const beside = linesOfMonth(rawLines(text), 2026, number)
        t.same(
          rows,
          rows.map(({ srv, region }) => performanceRow(beside, srv, region)),
          name,
        )
        t.ok(rows.length > 0)
      }
    })

    await t.test('evidence names the list in use and every change of October', async (t) => {
      const evidence = await reports.evidence(AUDITOR, OCTOBER)
      t.match(evidence.lists, [{ revision: REVISION, messages: lines.length }])
      const told: string[] = []
      for await (const entry of evidence.entries()) told.push(entry.hash)
      const all = await store.read((view) => view.audit.from(1, 10_000))
      t.same(
        told,
        all.filter((entry) => new Date(entry.at).toISOString().startsWith('2026-10')).map(({ hash }) => hash),
      )
      t.ok(told.length > 8)
    })
  })

  t.test(`${name}: a CSP is told of no Supplier, and of no change of Supplier`, async (t) => {
    const { store, clock } = await open(t)
    await liveOctober(store, clock)
    await store.reports.keepBatch(
      stoppedAt([0, 'SUP-E', 1], [3, 'SUP-E', 2], [3, 'SUP-N', 4], [6, 'SUP-E', 8]),
    )
    const reports = reportsOn(store, clock)
    const seenBy = async (who: Actor) => {
      const rows = []
      for await (const row of reports.exceptions(who, OCTOBER)) rows.push(row)
      return rows
        .filter(({ region }) => region === 'North')
        .map(({ device, supplier, spans, rejected }) => [device, supplier, spans, rejected])
    }
    const [zero, three, six] = [0, 3, 6].map((home) => formatEui64(meterOf(home)))
    const span = (from: string, until: string) => ({
      from: at(`2026-${from}T00:00:00Z`),
      until: at(`2026-${until}:00:00Z`),
    })
    const ofZero = [span('10-01', '10-03T12')]
    t.same(await seenBy(actor('CSP-N', 'csp')), [
      [zero, '', ofZero, 1],
      [three, '', [span('10-01', '11-01T00')], 6],
      [six, '', [], 8],
    ])
    const [first, second] = [span('10-01', '10-15T00'), span('10-15', '11-01T00')]
    t.same(await seenBy(AUDITOR), [
      [zero, 'SUP-E', ofZero, 1],
      [three, 'SUP-E', [first], 2],
      [three, 'SUP-N', [second], 4],
      [six, 'SUP-E', [], 8],
    ])
    t.same(await seenBy(actor('SUP-N', 'supplier')), [[three, 'SUP-N', [second], 4]])
    t.same(await seenBy(actor('SUP-G', 'supplier')), [])
  })

  t.test(`${name}: list and counts name the same Supplier when a change is told late`, async (t) => {
    const { store, clock } = await open(t)
    await liveOctober(store, clock)
    await store.reports.keepBatch(stoppedAt([1, 'SUP-E', 3], [7, 'SUP-E', 5]))
    // Home 1 was SUP-N's since September, and nobody is known to answer for home 7: both told after the roll-up.
    const [since, gone] = [Date.parse('2026-09-30T00:00:00Z'), Date.parse('2026-09-01T00:00:00Z')]
    await store.change((unit) =>
      unit.inventory.putRegistrations([
        registration('supplier', mpanOf(1), 'SUP-E', LONG_AGO, since),
        registration('supplier', mpanOf(1), 'SUP-N', since),
        registration('supplier', mpanOf(7), 'SUP-E', LONG_AGO, gone),
      ]),
    )
    const reports = reportsOn(store, clock)
    const rejectedOf = async (party: string) => {
      const who = actor(party, 'supplier')
      const rows: (readonly [string, number])[] = []
      for await (const row of reports.exceptions(who, OCTOBER))
        if (row.rejected > 0) rows.push([row.device, row.spans.length * row.rejected])
      const blocked = await reports.blocked(who, OCTOBER)
      return { rows, counted: blocked.reduce((sum, each) => sum + each.rejected, 0) }
    }
    const [one, seven] = [1, 7].map((home) => formatEui64(meterOf(home)))
    t.same(await rejectedOf('SUP-N'), { rows: [[one, 3]], counted: 3 })
    t.same(await rejectedOf('SUP-E'), { rows: [[seven, 5]], counted: 5 }, 'whoever the flag was set for')
    t.match(
      (await reports.uptake(AUDITOR, OCTOBER)).filter(({ region }) => region === 'Central'),
      [
        { supplier: 'SUP-E', inEffect: 1 },
        { supplier: 'SUP-N', inEffect: 1 },
      ],
      'uptake too',
    )
  })

  t.test(`${name}: what is past its time is counted and deleted, month by month`, async (t) => {
    const { store, clock } = await open(t)
    await liveOctober(store, clock)
    const folder = writeJournal(join(t.testdir(), 'journal'), {
      'gateway-1.ndjson': linesOf(octobersRecords()),
    })
    await new RollUp({ store: store.reports, folder, log }).run()
    const of = async (table: PrunedTable, before: string) => store.reports.countOlder(table, at(before))
    for (const table of ['report_counts', 'report_blocked'] as const) {
      const september = await of(table, '2026-10-31T23:59:59Z')
      const all = await of(table, '2027-01-01T00:00:00Z')
      t.ok(september > 0 && all > september, table)
      t.equal(
        await store.reports.deleteOlder(table, at('2026-10-31T23:59:59Z'), september - 1),
        september - 1,
      )
      t.equal(await store.reports.deleteOlder(table, at('2026-10-31T23:59:59Z'), 1_000), 1)
      t.equal(await of(table, '2027-01-01T00:00:00Z'), all - september)
    }
    for (const table of ['traffic_events', 'leak_checks'] as const)
      t.equal(await store.reports.deleteOlder(table, clock.now, 10), 0)
    t.equal(await of('report_sightings', '2026-09-27T00:00:00Z'), 0)
    t.equal(await store.reports.deleteOlder('report_sightings', clock.now, 100), 10, 'one for each Device')
    t.equal(await store.reports.auditOlder(at('2026-10-01T00:00:00Z')), 3)
  })

  t.test(`${name}: the leak check is silent over October and finds what is planted`, async (t) => {
    const { store, clock } = await open(t)
    await liveOctober(store, clock)
    const rules = listedRulesOf(keptList)
    const check = async (texts: Record<string, string>) =>
      findLeaks({
        store: store.reports,
        folder: writeJournal(join(t.testdir(), 'journal'), texts),
        month: OCTOBER,
        listOf: async (revision) => (revision === REVISION ? rules : undefined),
      })
    const clean = linesOf(octobersRecords())
    const whole = await check({ 'gateway-2026-10-01.ndjson': clean })
    t.match(whole, { faults: 0, leaks: [], unjudged: {} })
    t.equal(whole.messages, linesOfMonth(rawLines(clean), 2026, 10).length)

    const [device = ''] = EXCEPTIONS[1] ?? []
    const base = { devices: [device], tableRevision: REVISION }
    const time = '2026-10-15T12:00:00.000Z'
    const planted = [
      recordWith({ ...base, time, kind: 'device-alert', codes: ['8F0A'], decision: 'alert' as never }),
      recordWith({
        ...base,
        time,
        kind: 'service-request',
        codes: ['8.2', '4.8.1'],
        decision: 'claims' as never,
      }),
      recordWith({
        ...base,
        time,
        kind: 'service-response',
        codes: ['4.1.1'],
        hasData: true,
        decision: 'late' as never,
        outcome: 'upstream-failed',
      }),
      recordWith({
        ...base,
        time,
        kind: 'device-alert',
        codes: ['8F3F'],
        decision: 'tamper' as never,
        verdict: 'withhold',
        outcome: 'withheld',
      }),
      recordWith({
        ...base,
        time,
        kind: 'service-request',
        codes: ['11.1'],
        decision: 'put-off' as never,
        verdict: 'defer',
        outcome: 'deferred',
      }),
      recordWith({
        ...base,
        time,
        kind: 'service-request',
        codes: ['6.2.4'],
        decision: 'no-rule' as never,
        verdict: 'reject',
        outcome: 'rejected',
      }),
    ]
    const innocent = [
      recordWith({ ...base, time, kind: 'service-response', codes: ['4.1.1'], hasData: false }),
      recordWith({ ...base, time: '2026-10-09T23:59:59.999Z', kind: 'device-alert', codes: ['8F0A'] }),
      recordWith({
        ...base,
        time,
        kind: 'service-request',
        codes: ['4.1.1'],
        verdict: 'reject',
        outcome: 'rejected',
      }),
      recordWith({ ...base, time, kind: 'service-request', codes: ['1.6'], paymentMode: 'credit' }),
    ]
    const unclear = [
      recordWith({ ...base, time, kind: 'service-response', codes: ['4.1.1'] }),
      recordWith({ ...base, time, kind: 'service-request', codes: ['1.6'] }),
      recordWith({ ...base, time, kind: 'device-alert', codes: ['8F0A'], tableRevision: 'unknown' }),
    ]
    const found = await check({
      'gateway-2026-10-01.ndjson': clean + linesOf([...innocent, ...planted, ...unclear]),
    })
    t.same(
      found.leaks.map(({ decision, fault }) => `${decision}: ${fault}`),
      [
        'alert: let-through-while-restricted',
        'claims: let-through-while-restricted',
        'late: let-through-while-restricted',
        'tamper: never-block-stopped',
        'put-off: never-block-stopped',
        'no-rule: stopped-without-a-rule',
      ],
    )
    t.equal(found.faults, 6)
    t.same(found.unjudged, { 'data-not-said': 1, 'payment-mode-not-said': 1, 'list-not-at-hand': 1 })
  })
}
