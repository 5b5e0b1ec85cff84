/**
 * A whole gateway for scenarios: real listeners, a real SQLite store with its flag cache, the shipped table, a journal in
 * a temporary folder, a stub DSP and one stub Service User. Everything ends with the test.
 */
import { readdir, readFile, rm } from 'node:fs/promises'
import { type ClientRequest, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { loadTable } from '../../src/config/load-table.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import { type DeviceRecord, instantOf } from '../../src/core/device/device.ts'
import type { DeviceKey } from '../../src/core/duis/eui64.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { type Gateway, startGateway } from '../../src/gateway/gateway.ts'
import type { GatewayOptions } from '../../src/gateway/gateway-options.ts'
import { FileJournal } from '../../src/journal/file-journal.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog } from '../../src/observe/log.ts'
import type { Metrics } from '../../src/observe/metrics.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { DeviceRecords } from '../../src/store/store.ts'
import { ESME, USER } from '../fixtures/message.ts'
import { catalogue, DCC_EUI, deviceKey } from './plans.ts'
import { lift, restrict } from './restrict.ts'
import { type StubPeer, startStubDsp } from './stub-dsp.ts'
import { startStubUser } from './stub-user.ts'
import { wardedFolder } from './warden.ts'

/** What the scenarios need of a tap test. */
export interface TestScope {
  teardown(handler: () => unknown): void
}

export type Changes = Partial<Omit<GatewayOptions, 'southbound' | 'northbound'>> & {
  /** Any free one when absent. */
  readonly southboundPort?: number
  readonly fallback?: URL
  /** A DSP of the test's own in place of the stub. */
  readonly dspUrl?: URL
  /** False: the User has no route. */
  readonly isUserRouted?: boolean
  /** Device records that the flag cache has room for; 10,000 when absent, as making room costs. */
  readonly maxEntries?: number
  /** Stands between the flag cache and the store. */
  readonly wrapRecords?: (records: DeviceRecords) => DeviceRecords
}

export interface Scenario {
  readonly gateway: Gateway
  readonly dsp: StubPeer
  readonly user: StubPeer
  readonly store: SqlStore
  readonly flags: LiveFlags
  /** Sets the flag of a Device, in force when this settles. */
  restrict(eui?: string): Promise<void>
  /** Ends the flag of a Device, in force when this settles. */
  lift(eui?: string): Promise<void>
  /** Posts a message to the southbound listener, as a User does. */
  sendSouth(body: string | Buffer, options?: SendOptions): Promise<Answered>
  /** Posts a message to the northbound listener, as the DSP does. */
  sendNorth(body: string | Buffer, options?: SendOptions): Promise<Answered>
  /** Drains the gateway and reads its journal. */
  journal(): Promise<Record<string, unknown>[]>
  /** Every line logged. */
  readonly logged: readonly string[]
}

export interface SendOptions {
  readonly path?: string
  readonly headers?: Record<string, string | string[]>
}

export interface Answered {
  readonly status: number
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

const table = await loadTable(tablePathOf('recommended'), catalogue)
if (!table.ok) throw new Error('the shipped table does not compile')

/** The table that scenarios run by unless they bring their own. */
export const recommendedTable = table.table

export async function startScenario(t: TestScope, changes: Changes = {}): Promise<Scenario> {
  const [dsp, user] = await Promise.all([startStubDsp(), startStubUser()])
  const folder = await temporaryFolder(t)
  const store = openSqliteStore({ file: ':memory:' })
  const flags = new LiveFlags(changes.wrapRecords?.(store) ?? store, {
    pollMs: 20,
    // No scenario is about a lease: a pause of the process must not make a flag stale.
    maxStalenessMs: 60_000,
    maxEntries: changes.maxEntries ?? 10_000,
  })
  t.teardown(async () => {
    await Promise.all([dsp.close(), user.close(), flags.stop()])
    await store.close()
  })
  const logged: string[] = []
  const journal = new FileJournal({
    directory: folder,
    name: 'decisions',
    clock: systemClock,
    onFailure: (cause) => void logged.push(`the journal failed: ${cause}`),
  })
  const users =
    changes.isUserRouted === false ? [] : [[deviceKey(USER), new URL('/receive', user.url)] as const]
  const anywhere = { host: '127.0.0.1', port: 0 }
  const gateway = await startGateway({
    catalogue,
    table: recommendedTable,
    flags,
    records: store,
    dccEuis: [deviceKey(DCC_EUI)],
    southbound: {
      listen: { ...anywhere, port: changes.southboundPort ?? 0 },
      dspUrl: changes.dspUrl ?? new URL('/dsp', dsp.url),
    },
    northbound: { listen: anywhere, users: new Map(users), fallback: changes.fallback },
    observation: anywhere,
    markup: { learns: true, checkOneIn: 1, random: () => 0 },
    journal,
    log: createLog({ level: 'debug', destination: { write: (line: string) => void logged.push(line) } }),
    ...changes,
    limits: { drainMs: 5_000, drainIdleMs: 50, ...changes.limits },
  })
  t.teardown(async () => {
    await gateway.drain()
    const { metrics } = gateway
    if (metrics.total('duisgate_markup_differs_total') > 0) throw new Error('learned markup read otherwise')
  })
  await flags.start()
  return {
    gateway,
    dsp,
    user,
    store,
    flags,
    logged,
    async restrict(eui = ESME) {
      await restrict(store, [deviceKey(eui)], instantOf(0))
      await flags.catchUp()
    },
    async lift(eui = ESME) {
      await lift(store, [deviceKey(eui)], instantOf(Date.now()))
      await flags.catchUp()
    },
    sendSouth: (body, options) =>
      post(gateway.ports.southbound, body, { path: '/api/v1/serviceS', ...options }),
    sendNorth: (body, options) => post(gateway.ports.northbound, body, { path: '/', ...options }),
    async journal() {
      await gateway.drain()
      return readJournal(folder)
    },
  }
}

/** The store as it is, but `load` goes another way. */
export function withLoad(load: (keys: readonly DeviceKey[], from: DeviceRecords) => Promise<DeviceRecord[]>) {
  return (records: DeviceRecords): DeviceRecords => ({
    load: (keys) => load(keys, records),
    position: () => records.position(),
    changedSince: (position, limit) => records.changedSince(position, limit),
  })
}

/** A folder that goes with the test. Not one of tap's: runs side by side in one checkout share those. */
export async function temporaryFolder(t: TestScope): Promise<string> {
  const folder = wardedFolder()
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Every line of every journal file in a folder, in writing order within a file. */
export async function readJournal(folder: string): Promise<Record<string, unknown>[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort()
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line))
}

/** Posts a body and waits for the whole reply. */
export function post(
  port: number,
  body: string | Buffer,
  options: Required<Pick<SendOptions, 'path'>> & SendOptions,
) {
  const headers = { 'content-length': String(Buffer.byteLength(body)), ...options.headers }
  const sending = beginPost(port, { ...options, headers })
  sending.client.end(body)
  return sending.answered
}

/** A message that the test sends piece by piece. */
export interface Sending {
  readonly client: ClientRequest
  readonly answered: Promise<Answered>
}

/** Begins a message: chunked unless `headers` has a Content-Length. */
export function beginPost(port: number, { path = '/', headers = {} }: SendOptions): Sending {
  const framing = 'content-length' in headers ? {} : { 'transfer-encoding': 'chunked' }
  const client = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path,
    headers: { 'content-type': 'application/xml', ...framing, ...headers },
  })
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  client.on('error', reject)
  client.on('response', async (reply) => {
    const chunks: Buffer[] = []
    for await (const chunk of reply) chunks.push(chunk)
    resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(chunks) })
  })
  promise.catch(() => {})
  return { client, answered: promise }
}

/** The code of the problem details in an answer. */
export function problemCode({ headers, body }: Answered): string {
  if (headers['content-type'] !== 'application/problem+json') return `no problem: ${headers['content-type']}`
  return String(JSON.parse(body.toString()).code)
}

/** Settles once `/metrics` has the line. */
export async function untilMetric(metrics: Metrics, line: string): Promise<void> {
  for (;;) {
    const { text } = await metrics.exposition()
    if (text.split('\n').includes(line)) return
    await pause(5)
  }
}
