/** The roll-up of the journal: each record once, whatever happens to the process and to the files. */
import { appendFileSync, copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { pastItsTime } from '../../src/reports/retention.ts'
import { RollUp } from '../../src/reports/roll-up.ts'
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/postgres-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { startPostgres } from '../support/postgres.ts'
import { linesOf, recordWith, writeJournal } from './journal-lines.ts'
import { killRollUps } from './rollup-kills.ts'

function records(count: number, code = '11.1') {
  return Array.from({ length: count }, () =>
    recordWith({ time: '2026-10-05T12:00:00.000Z', kind: 'service-request', codes: [code], devices: [] }),
  )
}

function desk(t: Test, texts: Readonly<Record<string, string>>) {
  const store = openSqliteStore({ file: ':memory:' })
  t.teardown(() => store.close())
  const folder = writeJournal(join(t.testdir(), 'journal'), texts)
  const warnings: unknown[] = []
  const log = { warn: (what: unknown) => void warnings.push(what) }
  const rollUp = new RollUp({ store: store.reports, folder, log, batchBytes: 4_096 })
  const counted = async () => {
    const counts = await store.reports.countsOf('2026-10')
    return counts.reduce((sum, { messages }) => sum + messages, 0)
  }
  return {
    store,
    folder,
    rollUp,
    counted,
    warnings,
    again: () => new RollUp({ store: store.reports, folder, log }),
  }
}

const FILE = 'gateway-2026-10-05.ndjson'

t.test('a file that grows is counted on from where it was', async (t) => {
  const { folder, rollUp, counted, again } = desk(t, { [FILE]: linesOf(records(30)) })
  t.match(await rollUp.run(), { files: 1, records: 30, unreadable: 0 })
  t.match(await rollUp.run(), { files: 0, records: 0 })
  appendFileSync(join(folder, FILE), linesOf(records(5)))
  t.match(await rollUp.run(), { records: 5 })
  t.match(await again().run(), { records: 0 }, 'another process finds nothing to do')
  t.equal(await counted(), 35)
})

t.test('what a list was used for in the hours of a day is counted under that day', async (t) => {
  const hours = ['09:00', '10:30', '23:59'].map((time) =>
    recordWith({
      time: `2026-10-05T${time}:00.000Z`,
      ...{ kind: 'service-request', codes: ['11.1'], devices: [], tableRevision: 'one' },
    }),
  )
  const { store, rollUp } = desk(t, { [FILE]: linesOf(hours) })
  await rollUp.run()
  const days = await store.reports.listDays('2026-10-01', '2026-11-01')
  t.same(
    days.map(({ day, revision, messages }) => [day, revision, messages]),
    [['2026-10-05', 'one', 3]],
  )
})

t.test(
  'a file is past its time once its latest message is, in whichever run that was rolled up',
  async (t) => {
    const messageOf = (day: string) =>
      linesOf([
        recordWith({ time: `${day}T12:00:00.000Z`, kind: 'service-request', codes: ['11.1'], devices: [] }),
      ])
    const { store, folder, rollUp } = desk(t, { [FILE]: messageOf('2026-10-05') })
    await rollUp.run()
    for (const day of ['2026-11-02', '2026-10-31']) {
      appendFileSync(join(folder, FILE), messageOf(day))
      await rollUp.run()
    }
    const oldOn = async (day: string) => {
      const rules = { messageMonths: 1, auditMonths: 1 }
      const { files } = await pastItsTime(store.reports, folder, rules, instantOf(Date.parse(day)))
      return files.map(({ name }) => name)
    }
    t.same(await oldOn('2026-12-15'), [])
    t.same(await oldOn('2027-01-15'), [FILE])
  },
)

t.test('what a gateway stopped by a flag is of a Restricted Device, whatever the store says', async (t) => {
  const stopped = recordWith({
    ...{ time: '2026-10-05T12:00:00.000Z', kind: 'service-request', codes: ['4.1.1'], class: 'consumption' },
    ...{ devices: ['00-DB-00-00-00-00-99-99'], flag: 'restricted', verdict: 'reject', outcome: 'rejected' },
  })
  const { store, rollUp } = desk(t, { [FILE]: linesOf([stopped]) })
  await rollUp.run()
  t.match(await store.reports.countsOf('2026-10'), [{ fate: 'rejected', isRestricted: true, messages: 1 }])
})

t.test('a last line without its end waits, and counts once it is whole', async (t) => {
  const [whole, next = ''] = [linesOf(records(2)), linesOf(records(1))]
  const { folder, rollUp, counted } = desk(t, { [FILE]: whole + next.slice(0, 100) })
  await rollUp.run()
  t.equal(await counted(), 2)
  appendFileSync(join(folder, FILE), next.slice(100))
  await rollUp.run()
  t.equal(await counted(), 3)
})

t.test('a line that a crash cut short is counted as unreadable and loses no other', async (t) => {
  const text = `${linesOf(records(2))}{"decision":"cut\n${linesOf(records(3))}`
  const { rollUp, counted } = desk(t, { [FILE]: text })
  t.match(await rollUp.run(), { records: 5, unreadable: 1 })
  t.equal(await counted(), 5)
})

t.test('a file whose first line was cut short has its name by the first whole record', async (t) => {
  const { rollUp, counted, folder } = desk(t, {
    [FILE]: `{"deci\n${linesOf(records(2))}`,
    'gateway-2026-10-05.1.ndjson': `{"deci\n${linesOf(records(4))}`,
  })
  t.match(await rollUp.run(), { files: 2, records: 6, unreadable: 2 })
  t.equal(await counted(), 6)
  writeFileSync(join(folder, 'gateway-2026-10-06.ndjson'), '{"deci')
  t.match(await rollUp.run(), { files: 0 })
})

t.test('a file that is moved or copied is known again', async (t) => {
  const { folder, rollUp, counted, again } = desk(t, { [FILE]: linesOf(records(10)) })
  await rollUp.run()
  copyFileSync(join(folder, FILE), join(folder, 'copy.ndjson'))
  renameSync(join(folder, FILE), join(folder, 'moved.ndjson'))
  t.match(await again().run(), { records: 0 })
  t.equal(await counted(), 10)
})

t.test('a file that is shorter than what was rolled up of it is told, and not counted again', async (t) => {
  const { folder, rollUp, counted, again, warnings } = desk(t, { [FILE]: linesOf(records(10)) })
  await rollUp.run()
  const text = readFileSync(join(folder, FILE), 'utf8')
  writeFileSync(join(folder, FILE), text.slice(0, text.indexOf('\n') + 1))
  t.match(await again().run(), { records: 0 })
  t.match(warnings, [{ name: FILE }])
  t.equal(await counted(), 10)
})

t.test('a file that grows while it is rolled up is not told as shorter', async (t) => {
  const { store, folder, warnings, counted } = desk(t, { [FILE]: linesOf(records(30)) })
  let grown = 0
  const markOf: typeof store.reports.markOf = async (journal) => {
    if (grown++ < 3) appendFileSync(join(folder, FILE), linesOf(records(30)))
    return store.reports.markOf(journal)
  }
  const growing = new Proxy(store.reports, {
    get: (of, name) => (name === 'markOf' ? markOf : Reflect.get(of, name).bind(of)),
  })
  const log = { warn: (what: unknown) => void warnings.push(what) }
  await new RollUp({ store: growing, folder, log, batchBytes: 40_960 }).run()
  t.equal(await counted(), 120)
  t.same(warnings, [])
})

t.test('bytes without any line end are passed over', async (t) => {
  const { rollUp, counted } = desk(t, {
    [FILE]: `${linesOf(records(1))}${'x'.repeat(20_000)}\n${linesOf(records(2))}`,
  })
  const { records: read, unreadable } = await rollUp.run()
  t.equal(read, 3)
  t.ok(unreadable > 0)
  t.equal(await counted(), 3)
})

t.test('of two that roll the same bytes up one keeps them', async (t) => {
  const { store, folder, counted } = desk(t, { [FILE]: linesOf(records(400)) })
  const log = { warn: () => {} }
  const racers = Array.from(
    { length: 4 },
    () => new RollUp({ store: store.reports, folder, log, batchBytes: 4_096 }),
  )
  const done = await Promise.all(racers.map((each) => each.run()))
  t.equal(
    done.reduce((sum, each) => sum + each.records, 0),
    400,
  )
  t.equal(await counted(), 400)
})

t.test('killed at random, SQLite counts every record once', async (t) => {
  const folder = join(t.testdir(), 'journal')
  const place = join(t.testdir(), 'store.db')
  const { records, counted, unfinished, wrong } = await killRollUps({
    driver: 'sqlite',
    place,
    folder,
    kills: 6,
  })
  t.same({ counted, unfinished, wrong }, { counted: records, unfinished: 0, wrong: [] })
  t.ok(records > 50)
  t.comment(`figure: ${counted} of ${records} records counted, each once`)
})

t.test('killed at random, PostgreSQL counts every record once', async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.stop())
  const connection = await server.schema()
  await t.test('two gateways roll up side by side', async (t) => rollUpTogether(t, connection))
  const place = JSON.stringify(await server.schema())
  const folder = join(t.testdir(), 'journal')
  const { records, counted, unfinished, wrong } = await killRollUps({
    driver: 'postgres',
    place,
    folder,
    kills: 3,
  })
  t.same({ counted, unfinished, wrong }, { counted: records, unfinished: 0, wrong: [] })
  t.ok(records > 50)
  t.comment(`figure: ${counted} of ${records} records counted, each once`)
})

/** The journals of two gateways have the same counters in another order, and neither run may fail for the other. */
async function rollUpTogether(t: Test, connection: PostgresStoreOptions['connection']): Promise<void> {
  const store = await openPostgresStore({ connection, mayLoseCommits: true })
  t.teardown(() => store.close())
  const folder = t.testdir()
  const codes = Array.from({ length: 40 }, (_, n) => `6.${n}`)
  const runs = [codes, codes.toReversed()].map((order, gateway) => {
    const texts = {
      [FILE]: linesOf(Array.from({ length: 20 }, () => order.flatMap((code) => records(1, code))).flat()),
    }
    const own = writeJournal(join(folder, `journal-${gateway}`), texts)
    return new RollUp({
      store: store.reports,
      folder: own,
      log: { warn: () => {} },
      batchBytes: 40_960,
    }).run()
  })
  const done = await Promise.all(runs)
  t.same(
    done.map((each) => each.records),
    [800, 800],
  )
  const counts = await store.reports.countsOf('2026-10')
  t.same(
    counts.map(({ messages }) => messages),
    codes.map(() => 40),
  )
}
