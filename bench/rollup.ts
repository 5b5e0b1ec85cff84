/**
 * How many records a second does the roll-up of the decision journal take in, and in how much memory?
 *
 *   node bench/rollup.ts [--records 1000000] [--devices 200000] [--driver sqlite|postgres] [--folder DIR]
 *
 * Journal files of the gateway's own form, about 700 bytes a record: six of ten Device Alerts, two Service Requests, two
 * answers; every fiftieth Device is Restricted, and Devices come in no order. The store has all Devices in its inventory, on
 * disk, as durable as it runs. The first pass rolls everything up, the second one finds nothing new. `parse` reads the same
 * files line by line and does nothing else.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { instantOf } from '../src/core/device/device.ts'
import { deviceKeyOf, formatEui64 } from '../src/core/duis/eui64.ts'
import { readLine } from '../src/core/journal/journal-line.ts'
import type { JournalRecord } from '../src/core/journal/journal-record.ts'
import type { DecisionId } from '../src/gateway/decision-id.ts'
import { journalFiles, OpenJournal } from '../src/journal/journal-files.ts'
import { RollUp } from '../src/reports/roll-up.ts'
import type { ImportRow } from '../src/store/inventory-import.ts'
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { restrict } from '../test/support/restrict.ts'
import { wardedFolder } from '../test/support/warden.ts'
import { answerHelp, readOptions } from './support/help.ts'

answerHelp(import.meta.url)

const START = Date.UTC(2026, 9, 1)
const MONTH_MS = 31 * 86_400_000
const RESTRICTED_EVERY = 50
const FILE_RECORDS = 90_000

/** Spreads consecutive numbers over 32 bits without repeating one. */
function scattered(n: number): number {
  return Math.imul(n, 0x9e3779b1) >>> 0
}

function keyOf(n: number) {
  return deviceKeyOf(0x00db1234, scattered(n))
}

function* inventory(devices: number): Generator<ImportRow> {
  for (let n = 0; n < devices; n++)
    yield {
      device: {
        key: keyOf(n),
        type: 'ESME',
        hub: deviceKeyOf(0x00db9999, n),
        mpxn: String(1_000_000_000_000 + n),
        status: 'Commissioned',
        region: ['North', 'Central', 'South'][n % 3],
        generation: n % 4 === 0 ? 'SMETS1' : 'SMETS2',
      },
    }
}

/** One of ten kinds of record, with what became of it. */
function recordOf(n: number, devices: number, at: number): JournalRecord {
  const device = scattered(n) % devices
  const isRestricted = device % RESTRICTED_EVERY === 0
  const kind = n % 10
  const id = formatEui64(keyOf(device))
  const user = formatEui64(deviceKeyOf(0x90b3d51f, 0x30010000 + (n % 40)))
  const what =
    kind < 6
      ? { direction: 'northbound', kind: 'device-alert', codes: [kind < 3 ? '8F0A' : '8F3F'] }
      : kind < 8
        ? { direction: 'southbound', kind: 'service-request', codes: [kind === 6 ? '4.8.1' : '6.2.4'] }
        : { direction: 'northbound', kind: 'service-response', codes: [kind === 8 ? '4.8.1' : '6.2.4'] }
  const isBlocked = isRestricted && (kind < 3 || kind === 6 || kind === 8)
  const isSouth = what.direction === 'southbound'
  return {
    decision: scattered(n).toString(36).padStart(22, '0') as DecisionId,
    time: new Date(at).toISOString(),
    ...(what as Pick<JournalRecord, 'direction' | 'kind' | 'codes'>),
    part: 'message',
    devices: [id],
    deviceCount: 1,
    user,
    requestId: `${user}:${id}:${n}`,
    responseCode: what.kind === 'service-response' ? 'I0' : undefined,
    replyCode: isSouth && !isBlocked ? 'I99' : undefined,
    hasData: what.kind === 'service-response' ? true : undefined,
    paymentMode: undefined,
    deviceTypes: undefined,
    verdict: isBlocked ? (isSouth ? 'reject' : 'withhold') : 'forward',
    rule: isBlocked ? 'read-profiles' : 'configuration-reads',
    class: isBlocked ? 'consumption' : 'configuration',
    tableRevision: '9f2c4f1b7f0e8d6c9f2c4f1b7f0e8d6c9f2c4f1b7f0e8d6c9f2c4f1b7f0e8d6c',
    flag: isBlocked ? 'restricted' : 'clear',
    flagDevice: isBlocked ? id : undefined,
    flagVersion: isBlocked ? 41 : undefined,
    flagAgeMs: 120,
    inFlight: undefined,
    events: [],
    alarms: [],
    shadow: undefined,
    bytes: 1_861,
    outcome: isBlocked ? (isSouth ? 'rejected' : 'withheld') : 'forwarded',
    fault: undefined,
    status: 200,
    peerStatus: isBlocked ? undefined : 200,
    substitute: undefined,
    ms: { total: 2.125, hold: 0.201, decide: 0.115, peer: 1.61 },
  }
}

function writeJournal(folder: string, records: number, devices: number): number {
  mkdirSync(folder, { recursive: true })
  let bytes = 0
  for (let first = 0, file = 0; first < records; first += FILE_RECORDS, file++) {
    const lines: string[] = []
    for (let n = first; n < Math.min(first + FILE_RECORDS, records); n++)
      lines.push(JSON.stringify(recordOf(n, devices, START + Math.floor((n / records) * MONTH_MS))))
    const text = `${lines.join('\n')}\n`
    bytes += text.length
    writeFileSync(join(folder, `gateway-2026-10-01.${file}.ndjson`), text)
  }
  return bytes
}

async function parseAll(folder: string): Promise<number> {
  const buffer = Buffer.allocUnsafe(8 * 1024 * 1024)
  let records = 0
  for (const file of await journalFiles(folder)) {
    const journal = await OpenJournal.open(file)
    for (let offset = 0; ; ) {
      const found = await journal.linesFrom(offset, buffer)
      if (!found) break
      for (const line of found.lines) if (readLine(line)) records++
      offset = found.until
    }
    await journal.close()
  }
  return records
}

async function timed(name: string, work: () => Promise<number>): Promise<void> {
  const cpuBefore = process.cpuUsage()
  const begunMs = performance.now()
  const records = await work()
  const seconds = (performance.now() - begunMs) / 1_000
  const { user, system } = process.cpuUsage(cpuBefore)
  const rss = Math.round(process.memoryUsage.rss() / 1_048_576)
  const rate = Math.round(records / seconds).toLocaleString('en-GB')
  console.log(
    `${name.padEnd(22)} ${records.toLocaleString('en-GB').padStart(10)} records ${seconds.toFixed(1).padStart(6)} s ` +
      `${rate.padStart(9)}/s, CPU ${((user + system) / 1e6).toFixed(1)} s, RSS ${rss} MB`,
  )
}

async function openStore(
  driver: string,
  folder: string,
): Promise<{ store: SqlStore; end: () => Promise<void> }> {
  if (driver === 'sqlite') {
    const store = openSqliteStore({ file: join(folder, 'store.db') })
    return { store, end: () => store.close() }
  }
  const server = await startPostgres({ isDurable: true })
  const store = await openPostgresStore({ connection: await server.database() })
  return { store, end: () => store.close().then(() => server.stop()) }
}

const { values } = readOptions({
  options: {
    records: { type: 'string', default: '1000000' },
    devices: { type: 'string', default: '200000' },
    driver: { type: 'string', default: 'sqlite' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const records = Number(values.records)
const devices = Number(values.devices)
const folder = wardedFolder('duisgate-rollup-', values.folder)
const { store, end } = await openStore(values.driver, folder)
try {
  const journal = join(folder, 'journal')
  const bytes = writeJournal(journal, records, devices)
  await store.importInventory({ hash: 'bench', rows: () => inventory(devices) })
  const restricted = Array.from({ length: Math.ceil(devices / RESTRICTED_EVERY) }, (_, n) =>
    keyOf(n * RESTRICTED_EVERY),
  )
  await restrict(store, restricted, instantOf(START))
  console.log(
    `${values.driver}, ${devices.toLocaleString('en-GB')} Devices, ${cpus()[0]?.model}, Node ${process.version}`,
  )
  console.log(`${Math.round(bytes / records)} bytes a record`)
  await timed('parse', () => parseAll(journal))
  const rollUp = () => new RollUp({ store: store.reports, folder: journal, log: { warn: console.warn } })
  await timed('roll-up', async () => (await rollUp().run()).records)
  await timed('roll-up, nothing new', async () => (await rollUp().run()).records)
} finally {
  await end()
  rmSync(folder, { recursive: true, force: true })
}
