/** C3, C4, C5: what messages do when the store is down, hung, slow, wiped or older. */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../../src/core/device/device.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { NetworkFault } from '../../../test/support/fault-proxy.ts'
import { deviceKey } from '../../../test/support/plans.ts'
import { lift, restrict } from '../../../test/support/restrict.ts'
import { deviceOf, disableSupply, isReadOf, readOf } from '../messages.ts'
import { type OnPostgres, onPostgres } from '../on-postgres.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { msUntil, newFolder, PATIENCE_MS, quantile, ServedGateway } from '../served-gateway.ts'
import { startDsp } from '../upstream.ts'

const RESTRICTED = deviceOf(1)
const CLEAR = deviceOf(2)

/** The lease is 2 s; after it every flag is stale. */
const PAST_LEASE_MS = 2_300

/** How long a look-up may take before a message is decided without it. */
const LOOK_UP_MS = 200
/** How many times that, and what a message takes that asks for no flag, an answer may take: the machine may be slow. */
const TIMES = 3

/** What one fault of the network did. */
interface Suffered {
  readonly name: string
  /** Reads of a Restricted Device that reached the DSP. */
  readonly leaked: number
  /** Supply messages that did not. */
  readonly stopped: number
  /** Times of reads, each of a Device that nobody had asked for or whose flag is stale. */
  readonly reads: readonly number[]
  /** Times of supply messages, for which no flag is asked. */
  readonly supplies: readonly number[]
  readonly backMs: number | undefined
}

/** Without an index every Device is asked of the store, which is the harder case. */
export async function storeFaults(scope: ProbeScope): Promise<Seen> {
  const place = await onPostgres(scope)
  await place.restrict(RESTRICTED)
  const gateway = await place.startGateway({ settings: ['flags.index=false'] })
  await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(CLEAR))).status === 204)
  const suffered: Suffered[] = []
  for (const [name, fault] of FAULTS) suffered.push(await suffer(place, gateway, name, fault))
  const isFine = suffered.every(
    ({ leaked, stopped, reads, supplies, backMs }) =>
      leaked === 0 &&
      stopped === 0 &&
      quantile(reads, 0.9) <= TIMES * (LOOK_UP_MS + quantile(supplies, 0.5)) &&
      backMs !== undefined,
  )
  return { holds: isFine, figure: suffered.map(textOf).join('; ') }
}

const FAULTS: readonly (readonly [string, NetworkFault])[] = [
  ['down', { kind: 'cut' }],
  ['hung', { kind: 'black-hole' }],
  ['slow by 5 s', { kind: 'delay', ms: 2_500 }],
  ['forgotten', { kind: 'half-open' }],
]

function textOf({ name, leaked, stopped, reads, supplies, backMs }: Suffered): string {
  const back = backMs === undefined ? 'not back' : `back after ${(backMs / 1_000).toFixed(1)} s`
  return `${name}: ${leaked} leaked, ${stopped} safety messages stopped, nine in ten reads answered within ${quantile(reads, 0.9).toFixed(0)} ms, half of the supply messages within ${quantile(supplies, 0.5).toFixed(0)}, ${back}`
}

async function suffer(
  { proxy, dsp }: OnPostgres,
  gateway: ServedGateway,
  name: string,
  fault: NetworkFault,
): Promise<Suffered> {
  const before = dsp.deliveries.length
  proxy.set(fault)
  const [reads, supplies]: [number[], number[]] = [[], []]
  let stopped = 0
  const until = performance.now() + PAST_LEASE_MS
  while (performance.now() < until) {
    reads.push((await gateway.send(readOf(RESTRICTED))).ms)
    reads.push((await gateway.send(readOf(deviceOf(1_000 + reads.length)))).ms)
    const { status, ms } = await gateway.send(disableSupply(RESTRICTED))
    supplies.push(ms)
    if (status !== 204) stopped++
    await pause(50)
  }
  reads.push((await gateway.send(readOf(RESTRICTED))).ms)
  proxy.set({ kind: 'none' })
  const backMs = await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(CLEAR))).status === 204)
  const leaked = dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, RESTRICTED)).length
  return { name, leaked, stopped, reads, supplies, backMs }
}

export async function wipedStore(scope: ProbeScope): Promise<Seen> {
  const place = await onPostgres(scope)
  await place.restrict(RESTRICTED)
  const gateway = await place.startGateway()
  await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(CLEAR))).status === 204)
  const before = place.dsp.deliveries.length
  const from = performance.now()
  await wipe(place)
  // Another process of duisgate makes the tables anew, as empty ones.
  const settings = ['gatewayId=another']
  const other = await place.startGateway({ settings, folder: newFolder(scope) })
  await other.end('SIGTERM')
  const alarm = gateway.logged('the store went back in time').then(() => performance.now() - from)
  const alarmMs = await Promise.race([alarm, pause(PATIENCE_MS, undefined, { ref: false })])
  const answers = await Promise.all([
    gateway.send(readOf(RESTRICTED)),
    gateway.send(disableSupply(RESTRICTED)),
  ])
  const leaked = place.dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, RESTRICTED)).length
  const isReady = await gateway.isReady()
  const [read, supply] = answers.map(({ status }) => status)
  return {
    holds: alarmMs !== undefined && leaked === 0 && read === 503 && supply === 204 && !isReady,
    figure: `alarm ${alarmMs === undefined ? 'missing' : `${(alarmMs / 1_000).toFixed(1)} s after the wipe, another process's start included`}; read of a Restricted Device ${read}, supply ${supply}, ready ${isReady}, ${leaked} leaked`,
  }
}

/** Tries again where the gateway's questions get in the way: PostgreSQL then ends one of the two. */
async function wipe(place: OnPostgres): Promise<void> {
  const isDone = () =>
    place.run('DROP SCHEMA public CASCADE; CREATE SCHEMA public').then(
      () => true,
      () => false,
    )
  await msUntil(PATIENCE_MS, isDone)
}

/** An older copy of the store is put in place while the gateway is down. */
export async function olderStore(scope: ProbeScope): Promise<Seen> {
  const dsp = await startDsp(scope)
  const folder = newFolder(scope)
  const [file, copy] = [join(folder, 'duisgate.db'), join(folder, 'copy.db')]
  const store = openSqliteStore({ file })
  await restrict(store, [deviceKey(CLEAR)], instantOf(0))
  await lift(store, [deviceKey(CLEAR)], instantOf(1))
  await store.close()
  copyFileSync(file, copy)
  const settings = [`southbound.dspUrl=${dsp.url.origin}`, 'flags.pollMs=50']
  const gateway = await ServedGateway.start(scope, { folder, settings })
  const again = openSqliteStore({ file })
  await restrict(again, [deviceKey(RESTRICTED)], instantOf(0))
  await again.close()
  const inForce = await msUntil(
    PATIENCE_MS,
    async () => (await gateway.send(readOf(RESTRICTED))).status === 200,
  )
  await pause(300)
  await gateway.end('SIGKILL')
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true })
  copyFileSync(copy, file)
  const before = dsp.deliveries.length
  const restarted = await ServedGateway.start(scope, { folder, settings })
  const read = (await restarted.send(readOf(RESTRICTED))).status
  const supply = (await restarted.send(disableSupply(RESTRICTED))).status
  const isReady = await restarted.isReady()
  const leaked = dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, RESTRICTED)).length
  return {
    holds: inForce !== undefined && read === 503 && supply === 204 && !isReady && leaked === 0,
    figure: `after the restart on the older copy: read ${read}, supply ${supply}, ready ${isReady}, ${leaked} leaked`,
  }
}
