/**
 * How many rows a second does an inventory import take in, and how long does its last transaction hold up other writers?
 *
 *   node bench/import.ts [--rows 5000000] [--driver sqlite|postgres] [--folder DIR]
 *
 * Three imports into an empty store: all rows; the same again (nothing changes); the same with every thousandth Device
 * at another hub. Rows are made in memory, four of five Devices and one registration, keys in no order, so reading CSV is
 * not in the figures. PostgreSQL runs with fsync and synchronous_commit on, its default settings otherwise.
 */
import { rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { instantOf } from '../src/core/device/device.ts'
import { deviceKeyOf } from '../src/core/duis/eui64.ts'
import type { ImportRow } from '../src/store/inventory-import.ts'
import { openPostgresStore } from '../src/store/postgres/postgres-store.ts'
import type { SqlStore } from '../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { wardedFolder } from '../test/support/warden.ts'
import { answerHelp, readOptions } from './support/help.ts'

answerHelp(import.meta.url)

const TYPES = ['ESME', 'GSME', 'GPF', 'CHF'] as const

/** Spreads consecutive numbers over 32 bits without repeating one. */
function scattered(n: number): number {
  return Math.imul(n, 0x9e3779b1) >>> 0
}

function* rowsFrom(first: number, count: number, hubShift: number): Generator<ImportRow> {
  for (let n = first; n < count; n++) yield n % 5 === 4 ? registrationOf(n) : deviceOf(n, hubShift)
}

function mpxnOf(n: number): string {
  return String(1_000_000_000_000 + Math.floor(n / 5))
}

function registrationOf(n: number): ImportRow {
  const registration = { mpxn: mpxnOf(n), role: 'supplier', party: `SUP-${n % 40}` } as const
  return { registration: { ...registration, from: instantOf(1_700_000_000_000), until: undefined } }
}

function deviceOf(n: number, hubShift: number): ImportRow {
  const shift = hubShift > 0 && n % hubShift === 0 ? 1 : 0
  return {
    device: {
      key: deviceKeyOf(0x00db1234, scattered(n)),
      type: TYPES[n % 5],
      hub: deviceKeyOf(0x00db9999, Math.floor(n / 5) + shift),
      mpxn: mpxnOf(n),
      status: 'Commissioned',
      region: 'North',
      generation: 'SMETS2',
    },
  }
}

async function measure(store: SqlStore, name: string, rows: number, hubShift: number): Promise<void> {
  const begunMs = performance.now()
  const cpuBefore = process.cpuUsage()
  let mergingMs = begunMs
  const source = { hash: name, rows: (skip: number) => rowsFrom(skip, rows, hubShift) }
  const outcome = await store.importInventory(source, {
    onProgress: ({ phase }) => {
      if (phase === 'merging') mergingMs = performance.now()
    },
  })
  const [total, staging] = [performance.now() - begunMs, mergingMs - begunMs].map((ms) => ms / 1_000)
  const rate = Math.round(rows / (total ?? 1)).toLocaleString('en')
  const { user, system } = process.cpuUsage(cpuBefore)
  const cpu = `${((user + system) / 1_000_000).toFixed(1)} s of this process's CPU`
  const changed = `${outcome.devices} Devices and ${outcome.registrations} registrations changed`
  console.log(
    `${name.padEnd(10)} ${rate} rows/s  ${total?.toFixed(1)} s, of which staging ${staging?.toFixed(1)} s; ${cpu}; ${changed}; sequence ${outcome.sequence}`,
  )
}

async function measureAll(store: SqlStore, rows: number): Promise<void> {
  await measure(store, 'first', rows, 0)
  await measure(store, 'again', rows, 0)
  await measure(store, 'moved', rows, 1_000)
  const devices = await store.read((view) => view.inventory.count())
  if (devices !== rows - Math.floor(rows / 5)) throw new Error(`${devices} Devices, which is wrong`)
  await store.close()
}

async function onSqlite(rows: number, folder: string): Promise<void> {
  const place = wardedFolder('duisgate-import-', folder)
  try {
    await measureAll(openSqliteStore({ file: join(place, 'store.db') }), rows)
  } finally {
    rmSync(place, { recursive: true })
  }
}

async function onPostgres(rows: number): Promise<void> {
  const server = await startPostgres({ isDurable: true })
  try {
    await measureAll(await openPostgresStore({ connection: await server.database() }), rows)
  } finally {
    await server.stop()
  }
}

const { values } = readOptions({
  options: {
    rows: { type: 'string', default: '5000000' },
    driver: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
  },
})
const rows = Number(values.rows)
console.log(
  `${rows.toLocaleString('en')} rows, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model}`,
)
if (values.driver !== 'postgres') {
  console.log('SQLite')
  await onSqlite(rows, values.folder)
}
if (values.driver !== 'sqlite') {
  console.log('PostgreSQL')
  await onPostgres(rows)
}
