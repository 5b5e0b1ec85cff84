/** Compressed files of the journal: every record once and in order, for whoever reads them, whatever a crash leaves. */
import { appendFileSync, copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { RecordEntry } from '../../src/core/journal/journal-entry.ts'
import { compressFile } from '../../src/journal/compressed-file.ts'
import { FileJournal } from '../../src/journal/file-journal.ts'
import { recordsOfDecision } from '../../src/journal/find-lines.ts'
import { journalFiles, OpenJournal } from '../../src/journal/journal-files.ts'
import { RollUp } from '../../src/reports/roll-up.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { linesOf, recordWith } from '../reports/journal-lines.ts'
import { temporaryFolder } from '../support/start-gateway.ts'

const AT = Date.UTC(2026, 9, 5, 12)
const FILE = 'gateway-2026-10-05.ndjson'

function records(count: number) {
  return Array.from({ length: count }, (_, n) =>
    recordWith({
      time: new Date(AT + n).toISOString(),
      kind: 'service-request',
      codes: ['11.1'],
      devices: [],
    }),
  )
}

function journalIn(directory: string, maxFileBytes: number): FileJournal {
  const clock = { now: () => instantOf(AT), monotonicMs: () => 0 }
  const onFailure = (cause: unknown) => {
    throw cause
  }
  return new FileJournal({
    ...{ directory, clock, onFailure, maxFileBytes },
    name: 'gateway',
    compresses: true,
    flushBytes: 1,
  })
}

/** Times of all records in a folder, in the order of reading. */
async function timesIn(folder: string): Promise<string[]> {
  const times: string[] = []
  for (const file of await journalFiles(folder)) {
    const journal = await OpenJournal.open(file)
    const buffer = Buffer.alloc(4_096)
    for (let at = 0; ; ) {
      const found = await journal.linesFrom(at, buffer)
      if (!found) break
      times.push(...found.lines.map((line) => JSON.parse(line).time))
      at = found.until
    }
    await journal.close()
  }
  return times
}

t.test('a file is compressed once another has begun, also over restarts, and nothing is lost', async (t) => {
  const folder = await temporaryFolder(t)
  const all = records(60)
  for (let from = 0; from < all.length; from += 20) {
    for (const record of all.slice(from, from + 20)) {
      // One at a time, so that each file holds a few.
      const journal = journalIn(folder, 2_000)
      journal.write(new RecordEntry(record))
      await journal.close()
    }
  }
  const names = readdirSync(folder)
  t.ok(names.filter((name) => name.endsWith('.ndjson.zst')).length > 5, names.join())
  t.equal(names.filter((name) => name.endsWith('.ndjson')).length, 1)
  t.equal(names.filter((name) => name.endsWith('.new')).length, 0)
  t.same(
    (await timesIn(folder)).sort(),
    all.map(({ time }) => time),
  )
})

t.test('reads the same from any offset as the plain file did', async (t) => {
  const folder = await temporaryFolder(t)
  const plain = join(folder, FILE)
  writeFileSync(plain, linesOf(records(900)))
  const copy = join(folder, 'copy.ndjson')
  copyFileSync(plain, copy)
  await compressFile(copy)
  const [one, other] = [
    await OpenJournal.open({ name: FILE, path: plain }),
    await OpenJournal.open({ name: 'copy', path: `${copy}.zst` }),
  ]
  t.teardown(() => Promise.all([one.close(), other.close()]))
  t.equal(await other.size(), await one.size())
  t.equal(await other.identity(), await one.identity())
  const size = await one.size()
  for (let n = 0; n < 300; n++) {
    const offset = (n * 7_919) % (size + 100)
    const [a, b] = [Buffer.alloc(1_000 + (n % 5) * 9_000), Buffer.alloc(1_000 + (n % 5) * 9_000)]
    t.same(await other.linesFrom(offset, b), await one.linesFrom(offset, a), `from ${offset}`)
  }
})

t.test('the roll-up goes on in the compressed file where it was in the plain one', async (t) => {
  const { folder, rollUp, counted } = await desk(t)
  writeFileSync(join(folder, FILE), linesOf(records(30)))
  await rollUp().run()
  appendFileSync(join(folder, FILE), linesOf(records(5)))
  await compressFile(join(folder, FILE))
  t.match(await rollUp().run(), { files: 1, records: 5 })
  t.match(await rollUp().run(), { records: 0 })
  t.equal(await counted(), 35)
})

t.test('a crash between the two names leaves each record once, and the next turn tidies up', async (t) => {
  const { folder, rollUp, counted } = await desk(t)
  const path = join(folder, FILE)
  writeFileSync(path, linesOf(records(10)))
  copyFileSync(path, join(folder, 'kept'))
  await compressFile(path)
  copyFileSync(join(folder, 'kept'), path)
  writeFileSync(`${path}.zst.new`, 'half of it')
  await rollUp().run()
  t.equal(await counted(), 10)
  t.equal((await timesIn(folder)).length, 10)
  await compressFile(path)
  t.notOk(readdirSync(folder).includes(FILE))
  const other = linesOf(records(10))
  writeFileSync(path, other)
  await t.rejects(compressFile(path), { code: 'EEXIST' }, 'another file does not take its place')
  t.equal(readFileSync(path, 'utf8'), other)
})

t.test('a decision is found in a compressed file', async (t) => {
  const folder = await temporaryFolder(t)
  const all = records(2_000)
  writeFileSync(join(folder, FILE), linesOf(all))
  await compressFile(join(folder, FILE))
  const { decision } = all[1_500] ?? { decision: '' }
  t.match(await recordsOfDecision(folder, decision, instantOf(AT)), [{ decision }])
})

async function desk(t: Test) {
  const store = openSqliteStore({ file: ':memory:' })
  t.teardown(() => store.close())
  const folder = await temporaryFolder(t)
  const log = { warn: () => t.fail('there is nothing to warn of') }
  const counted = async () => {
    const counts = await store.reports.countsOf('2026-10')
    return counts.reduce((sum, { messages }) => sum + messages, 0)
  }
  return {
    folder,
    counted,
    rollUp: () => new RollUp({ store: store.reports, folder, log, batchBytes: 4_096 }),
  }
}
