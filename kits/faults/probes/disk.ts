/** D2, D3, D9 and D10: a disk that fails at the commit of a flag, one that is full, a full one of the journal alone, a slow one. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../../src/core/device/device.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { exitOf } from '../../../test/support/child-exit.ts'
import { deviceKey } from '../../../test/support/plans.ts'
import { restrict } from '../../../test/support/restrict.ts'
import { type SmallDisk, smallDisk, whyNoSmallDisk } from '../../../test/support/small-disk.ts'
import { readJournal } from '../../../test/support/start-gateway.ts'
import { ward } from '../../../test/support/warden.ts'
import { changeOfTenancy, deviceOf, disableSupply, isReadOf, readOf, topUp } from '../messages.ts'
import { NotHere, type ProbeScope, type Seen } from '../row.ts'
import { msUntil, newFolder, PATIENCE_MS, type ServedGateway } from '../served-gateway.ts'
import { METER, type WithSupplier, withSupplier } from '../with-supplier.ts'

const FAULTS = [
  ['fsync with EIO', 'fsync,fdatasync', 'EIO'],
  ['write with ENOSPC', 'pwrite64', 'ENOSPC'],
] as const

/** The control plane's system calls fail while a flag is asked for. */
export async function failingCalls(scope: ProbeScope): Promise<Seen> {
  const seen: string[] = []
  let isFine = true
  for (const [name, calls, error] of FAULTS) {
    const place = await withSupplier(scope)
    const heal = await inject(scope, place.planePid, calls, error)
    const status = await place.setFlag()
    const held = await place.held()
    const during = (await place.gateway.send(readOf(METER))).status
    await heal()
    const again = await place.setFlag()
    const inForceMs = await msUntil(
      PATIENCE_MS,
      async () => (await place.gateway.send(readOf(METER))).status === 200,
    )
    const after = await place.held()
    const isRight = status >= 500 && held.flags === 0 && during === 204 && again === 201
    isFine &&= isRight && after.flags === 1 && held.isWhole && after.isWhole && inForceMs !== undefined
    seen.push(
      `${name}: asked for a flag ${status}, flags held ${held.flags}, audit ${held.isWhole ? 'whole' : 'broken'}; healed: ${again}, ${after.flags} held`,
    )
    await place.gateway.end('SIGTERM')
  }
  return { holds: isFine, figure: seen.join('; ') }
}

/** Has these system calls of the process fail until the answer is called. */
async function inject(
  scope: ProbeScope,
  pid: number,
  calls: string,
  error: string,
): Promise<() => Promise<void>> {
  const words = ['-f', '-p', String(pid), '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`]
  const tracer = ward(spawn('strace', words, { stdio: ['ignore', 'ignore', 'pipe'] }))
  scope.teardown(() => tracer.kill('SIGKILL'))
  const lines = createInterface({ input: tracer.stderr })
  const attached = Promise.withResolvers<boolean>()
  lines.on('line', (text) => {
    if (/attached/.test(text)) attached.resolve(true)
  })
  lines.on('close', () => attached.resolve(false))
  if (!(await attached.promise)) throw new NotHere('strace may not attach to a process here')
  return async () => {
    tracer.kill('SIGINT')
    await exitOf(tracer)
  }
}

const RESTRICTED = deviceOf(1)

/** Store and journal are on a disk of 16 MB that somebody else fills. */
export async function fullDisk(scope: ProbeScope): Promise<Seen> {
  const folder = newFolder(scope)
  const storeFolder = join(folder, 'disk')
  const disk = diskOf(scope, storeFolder, '16m')
  const place = await withSupplier(scope, { folder, storeFolder })
  const inForceMs = await restrictOne(place.gateway, storeFolder)
  const before = place.dsp.deliveries.length
  disk.fill()
  const full = await whileFull(place)
  disk.free()
  const again = await onceThereIsRoom(place)
  const leaked = place.dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, RESTRICTED)).length
  const isSafe = leaked === 0 && full.stopped === 0 && full.asked >= 500 && full.flags === 0
  const isBack = Number.isFinite(again.backMs) && again.asked === 201 && again.isWhole && again.exit === 0
  return {
    holds: inForceMs !== undefined && isSafe && isBack,
    figure: `full: asked for a flag ${full.asked}, ${full.flags} held; of ${ROUNDS} rounds ${leaked} leaked, ${full.stopped} safety messages stopped, ${full.deferred} reads put off, ${full.waiting} bytes of journal waiting, ${full.lost} lines lost; room again: back after ${(again.backMs / 1_000).toFixed(1)} s, asked again ${again.asked}, audit ${again.isWhole ? 'whole' : 'broken'}`,
  }
}

function diskOf(scope: ProbeScope, folder: string, size: string): SmallDisk {
  const why = whyNoSmallDisk()
  if (why !== undefined) throw new NotHere(why)
  return smallDisk(scope, folder, size)
}

/** Milliseconds until the gateway goes by the flag. */
async function restrictOne(gateway: ServedGateway, storeFolder: string): Promise<number | undefined> {
  const store = openSqliteStore({ file: join(storeFolder, 'duisgate.db') })
  await restrict(store, [deviceKey(RESTRICTED)], instantOf(0))
  await store.close()
  return msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(RESTRICTED))).status === 200)
}

async function onceThereIsRoom({ gateway, setFlag, held }: WithSupplier) {
  const isCarried = async () => (await gateway.send(readOf(deviceOf(2)))).status === 204
  const backMs = (await msUntil(PATIENCE_MS, isCarried)) ?? Number.POSITIVE_INFINITY
  const asked = await setFlag()
  const { isWhole } = await held()
  return { backMs, asked, isWhole, exit: await gateway.end('SIGTERM') }
}

const ROUNDS = 50

async function whileFull({ gateway, setFlag, held }: WithSupplier) {
  const asked = await setFlag()
  let [stopped, deferred] = [0, 0]
  for (let round = 0; round < ROUNDS; round++) {
    await gateway.send(readOf(RESTRICTED, round))
    if ((await gateway.send(disableSupply(RESTRICTED, round))).status !== 204) stopped++
    if ((await gateway.send(readOf(deviceOf(2), round))).status === 503) deferred++
    await pause(50)
  }
  const { flags } = await held()
  const lost = await gateway.metric('duisgate_journal_dropped_lines')
  const waiting = await gateway.metric('duisgate_journal_waiting_bytes')
  return { asked, stopped, deferred, flags, lost, waiting }
}

/** Messages that a row observes; each one's event must reach the store. */
const OBSERVED = 400

/** The journal's folder, and the spool in it, are on a disk of 1 MB that is full; the store is not. */
export async function fullJournalDisk(scope: ProbeScope): Promise<Seen> {
  const folder = newFolder(scope)
  const disk = diskOf(scope, join(folder, 'disk'), '1m')
  const journal = join(disk.folder, 'journal')
  const { gateway } = await withSupplier(scope, { folder, settings: [`journal.folder=${journal}`] })
  await gateway.send(changeOfTenancy(deviceOf(0)))
  disk.fill()
  const failed = await notAnswered(gateway)
  const lost = await gateway.metric('duisgate_events_lost_total')
  const backMs = await msUntil(PATIENCE_MS, async () => {
    disk.free()
    return (await gateway.metric('duisgate_journal_waiting_bytes')) === 0
  })
  const exit = await gateway.end('SIGTERM')
  const events = await eventsIn(join(folder, 'duisgate.db'))
  const lines = (await readJournal(journal)).length
  const told = gateway.lines.filter(({ level }) => level >= 40)
  const wrongly = told.filter(({ msg }) => msg.startsWith('the store takes no events'))
  const isKept = failed === 0 && lost === 0 && events === OBSERVED + 1 && lines === OBSERVED + 1
  return {
    holds: isKept && exit === 0 && backMs !== undefined && told.length < 10 && wrongly.length === 0,
    figure: `of ${OBSERVED} messages ${failed} not carried; events with the store ${events - 1}, counted as lost ${lost}; journal lines ${lines - 1} once there was room; ${told.length} lines in the log at level warn or above, ${wrongly.length} of them blame the store`,
  }
}

async function notAnswered(gateway: ServedGateway): Promise<number> {
  let failed = 0
  for (let round = 0; round < OBSERVED; round++)
    if ((await gateway.send(changeOfTenancy(deviceOf(round), round))).status !== 204) failed++
  return failed
}

/** Decisions whose event the store has. */
async function eventsIn(file: string): Promise<number> {
  const store = openSqliteStore({ file })
  const events = await store.read((view) =>
    view.traffic.unanswered(['change-of-tenancy'], instantOf(0), 10_000),
  )
  await store.close()
  return events.length
}

const SLOW_MS = 100
/** Longer than an answer waits. */
const HUNG_MS = 3_000

/** Every sync of the spool takes a tenth of a second, then three: what messages whose event has to be kept wait for it. */
export async function slowSyncs(scope: ProbeScope): Promise<Seen> {
  const quick = await topUpsWith(scope, 0)
  const slow = await topUpsWith(scope, SLOW_MS)
  const hung = await topUpsWith(scope, HUNG_MS)
  const all = [quick, slow, hung]
  const isKept = all.every(({ failed, lost, isTaken, exit }) => failed + lost === 0 && isTaken && exit === 0)
  return {
    holds: isKept && quick.late + slow.late === 0 && hung.late > 0,
    figure: `top-ups ${all.map(({ figure }) => figure).join('; ')}`,
  }
}

const ONE_BY_ONE = 10
const AT_ONCE = 40

/** Sends top-ups to a gateway whose spool takes so long for a sync. */
async function topUpsWith(scope: ProbeScope, syncMs: number) {
  const folder = newFolder(scope)
  const { gateway } = await withSupplier(scope, { folder, launcher: slowing(folder, syncMs) })
  let failed = 0
  const topUpMs = async (round: number) => {
    const { status, ms } = await gateway.send(topUp(METER, round))
    if (status !== 204) failed++
    return ms
  }
  const single: number[] = []
  while (single.length < ONE_BY_ONE) single.push(await topUpMs(single.length))
  const together = await Promise.all(Array.from({ length: AT_ONCE }, (_, at) => topUpMs(ONE_BY_ONE + at)))
  const late = await gateway.metric('duisgate_events_late_total')
  const isTaken = async () => (await gateway.metric('duisgate_event_backlog_bytes')) === 0
  const takenMs = await msUntil(PATIENCE_MS, isTaken)
  const lost = await gateway.metric('duisgate_events_lost_total')
  return {
    ...{ failed, late, lost, isTaken: takenMs !== undefined, exit: await gateway.end('SIGTERM') },
    figure: `with syncs ${syncMs === 0 ? 'as they are' : `of ${syncMs} ms`}: half within ${inMs(single)} one by one, ${AT_ONCE} at once half within ${inMs(together)} and all within ${Math.max(...together).toFixed(0)} ms, ${late} of ${ONE_BY_ONE + AT_ONCE} counted as late, ${lost} lost`,
  }
}

/** Starts the gateway with slower syncs of its spool, and only of that; the kernel picks them out, so that nothing else is slowed. */
function slowing(folder: string, syncMs: number): string[] {
  if (syncMs === 0) return []
  const words = [
    '-f',
    '-D',
    '--seccomp-bpf',
    '-o',
    '/dev/null',
    '-P',
    join(folder, 'journal/events/events.ndjson'),
  ]
  return ['strace', ...words, '-e', 'trace=fdatasync', '-e', `inject=fdatasync:delay_exit=${syncMs * 1_000}`]
}

function inMs(times: readonly number[]): string {
  const half = times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN
  return `${half.toFixed(half < 10 ? 1 : 0)} ms`
}
