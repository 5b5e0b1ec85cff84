/**
 * The gateway under test, whole: both listeners, reader, table, flags, journal on disk, metrics, limits, log. What is
 * not the product is the store, which answers at once from a formula (`synthetic-records.ts`), and the table of the rung
 * `read`, which lets everything pass.
 *
 * With workers it is as many processes of this file, which share the listeners as those of `serve` do.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { loadCatalogue } from '../../src/config/load-catalogue.ts'
import { loadTable } from '../../src/config/load-table.ts'
import { tablePathOf } from '../../src/config/table-path.ts'
import type { Catalogue } from '../../src/core/catalogue/catalogue.ts'
import { type DeviceKey, parseEui64 } from '../../src/core/duis/eui64.ts'
import { compileTable, type Table, type TableData } from '../../src/core/policy/table.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { callingParties } from '../../src/gateway/callers.ts'
import { startGateway } from '../../src/gateway/gateway.ts'
import type { GatewayTls } from '../../src/gateway/tls-sides.ts'
import { FileJournal } from '../../src/journal/file-journal.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { createLog, type Logger } from '../../src/observe/log.ts'
import { letHeapGrow } from '../../src/run/heap-growth.ts'
import { nodeWordsFor } from '../../src/run/workers/node-words.ts'
import { TlsMaterial } from '../../src/tls/material.ts'
import { type CertificateFiles, HOST } from '../support/certificates.ts'
import { Fleet, type FleetSpec } from '../workload/fleet.ts'
import { DCC_EUI, USER_EUI } from '../workload/messages.ts'
import { SyntheticRecords } from '../workload/synthetic-records.ts'
import { answerCalls } from './calls.ts'

export interface GatewayStart {
  readonly table: 'shipped' | 'passes-everything'
  readonly workers: number
  /** Whether flags are kept in the index. */
  readonly index: boolean
  readonly fleet: FleetSpec
  readonly farSidePort: number
  /** For the journal and the log. */
  readonly folder: string
  /** TLS on the southbound listener and towards both upstreams; plain HTTP when absent. */
  readonly tls?: CertificateFiles | undefined
  /** Connections to the DSP; as in `DEFAULT_GATEWAY_LIMITS` when absent. */
  readonly peerConnections?: number | undefined
}

interface Ports {
  readonly southbound: number
  readonly northbound: number
}

export type GatewayCalls = {
  start(options: GatewayStart): Promise<Ports>
}

const ANYWHERE = { host: '127.0.0.1', port: 0 }

/** The generator runs at the lowest priority: on a busy machine it is no slow client to cut off. As long as it waits itself. */
const PATIENCE = {
  handshakeMs: 120_000,
  headersMs: 120_000,
  keepAliveMs: 120_000,
  peerConnectMs: 120_000,
  peerReplyMs: 120_000,
}

const calls: GatewayCalls = {
  start: (options) => (options.workers === 1 ? startOne(options) : startWorkers(options)),
}

/** One after the other: the first finds the ports. */
async function startWorkers(options: GatewayStart): Promise<Ports> {
  cluster.schedulingPolicy = cluster.SCHED_RR
  cluster.setupPrimary({ execArgv: nodeWordsFor(options.workers) })
  const ports: Ports[] = []
  for (let number = 1; number <= options.workers; number++) {
    const worker = cluster.fork()
    worker.send({ ...options, folder: join(options.folder, `${number}`) })
    const [listening] = (await once(worker, 'message')) as [Ports]
    ports.push(listening)
  }
  const [first] = ports
  if (!first || ports.some(({ southbound }) => southbound !== first.southbound))
    throw new Error('the workers share no listeners')
  return first
}

async function workAsTold(): Promise<void> {
  const [options] = (await once(process, 'message')) as [GatewayStart]
  process.send?.(await startOne(options))
}

async function startOne(options: GatewayStart): Promise<Ports> {
  const { table, index, fleet, farSidePort, folder, peerConnections } = options
  letHeapGrow()
  mkdirSync(folder, { recursive: true })
  const catalogue = loadCatalogue()
  const records = new SyntheticRecords(new Fleet(fleet))
  const flags = new LiveFlags(records, index ? { index: { source: records } } : {})
  await flags.start()
  while (flags.status().index?.state === 'loading') await nextTurn()
  const log = createLog({ level: 'info', destination: createWriteStream(join(folder, 'gateway.log')) })
  const tls = options.tls && (await tlsOf(options.tls, log))
  const farSide = tls ? `https://${HOST}:${farSidePort}` : `http://127.0.0.1:${farSidePort}`
  const { ports } = await startGateway({
    catalogue,
    table: await tableNamed(table, catalogue),
    flags,
    dccEuis: [keyOf(DCC_EUI)],
    southbound: { listen: ANYWHERE, dspUrl: new URL(farSide) },
    northbound: { listen: ANYWHERE, users: new Map([[keyOf(USER_EUI), new URL('/receive', farSide)]]) },
    observation: ANYWHERE,
    journal: new FileJournal({
      directory: folder,
      name: 'decisions',
      clock: systemClock,
      onFailure: (cause) => console.error('the journal failed:', cause),
    }),
    log,
    ...(tls && { tls }),
    limits: { ...PATIENCE, ...(peerConnections !== undefined && { peerConnections }) },
  })
  return ports
}

/** Mutual TLS southbound, as the product has it; the files are looked at as in service. */
async function tlsOf({ certificate, key, ca }: CertificateFiles, log: Logger): Promise<GatewayTls> {
  const open = async (side: string) => {
    const material = await TlsMaterial.open({ side, files: { certificate, key, ca }, log })
    material.start()
    return material
  }
  const party = { id: 'the generator', euis: [keyOf(USER_EUI)], certificates: [] }
  const callerOf = callingParties([party], 'uniqueIdentifier')
  return {
    southbound: { material: await open('southbound.tls'), callerOf },
    dsp: await open('southbound.dspTls'),
    users: await open('northbound.usersTls'),
  }
}

async function tableNamed(name: GatewayStart['table'], catalogue: Catalogue): Promise<Table> {
  const shipped = await loadTable(tablePathOf('recommended'), catalogue)
  if (!shipped.ok) throw new Error('the shipped table does not compile')
  if (name === 'shipped') return shipped.table
  const open = compileTable(passingAll(shipped.table), 'passes-everything', catalogue)
  if (!open.ok) throw new Error(`the open table does not compile: ${JSON.stringify(open.problems)}`)
  return open.table
}

/** The table with every row and default passing: messages are read and decided on, flags never looked up. What it observes stays. */
function passingAll({ rows, defaults }: Table): TableData {
  const pass = { action: 'pass', onUnknown: 'forward', onStale: 'forward' } as const
  return {
    name: 'passes-everything',
    basis: 'the rung `read` of the benches',
    rows: rows.map((row) => ({
      ...row,
      action: 'pass',
      when: {},
      otherwise: undefined,
      onUnknown: undefined,
      onStale: undefined,
    })),
    defaults: {
      ...defaults,
      unknownReadingSrv: pass,
      unknownSrv: pass,
      unknownAlert: pass,
      unknownDccAlert: pass,
      unclassifiedResponse: pass,
      unreadablePayload: { ...pass, otherwise: 'pass' },
    },
  }
}

function keyOf(eui: string): DeviceKey {
  const key = parseEui64(eui)
  if (key === undefined) throw new Error(`${eui} is not an EUI-64`)
  return key
}

if (cluster.isWorker) await workAsTold()
else answerCalls(calls)
