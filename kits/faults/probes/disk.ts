/** D2 and D3: a disk that fails at the commit of a flag, and one that is full. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { instantOf } from '../../../src/core/device/device.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { deviceKey } from '../../../test/support/plans.ts'
import { restrict } from '../../../test/support/restrict.ts'
import { ward } from '../../../test/support/warden.ts'
import { deviceOf, disableSupply, isReadOf, readOf } from '../messages.ts'
import { NotHere, type ProbeScope, type Seen } from '../row.ts'
import { msUntil, newFolder, type ServedGateway } from '../served-gateway.ts'
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
      5_000,
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
  const gone = once(tracer, 'exit')
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
    await gone
  }
}

const RESTRICTED = deviceOf(1)

/** Store and journal are on a disk of 16 MB that somebody else fills. */
export async function fullDisk(scope: ProbeScope): Promise<Seen> {
  const folder = newFolder(scope)
  const storeFolder = join(folder, 'disk')
  mountSmallDisk(scope, storeFolder)
  const place = await withSupplier(scope, { folder, storeFolder })
  const inForceMs = await restrictOne(place.gateway, storeFolder)
  const before = place.dsp.deliveries.length
  const filler = join(storeFolder, 'filler')
  fill(filler)
  const full = await whileFull(place)
  rmSync(filler)
  const again = await onceThereIsRoom(place)
  const leaked = place.dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, RESTRICTED)).length
  const isSafe = leaked === 0 && full.stopped === 0 && full.asked >= 500 && full.flags === 0
  const isBack = again.backMs < 10_000 && again.asked === 201 && again.isWhole && again.exit === 0
  return {
    holds: inForceMs !== undefined && isSafe && isBack,
    figure: `full: asked for a flag ${full.asked}, ${full.flags} held; of ${ROUNDS} rounds ${leaked} leaked, ${full.stopped} safety messages stopped, ${full.deferred} reads put off, ${full.lost} journal lines lost and counted; room again: back after ${(again.backMs / 1_000).toFixed(1)} s, asked again ${again.asked}, audit ${again.isWhole ? 'whole' : 'broken'}`,
  }
}

/** Milliseconds until the gateway goes by the flag. */
async function restrictOne(gateway: ServedGateway, storeFolder: string): Promise<number | undefined> {
  const store = openSqliteStore({ file: join(storeFolder, 'duisgate.db') })
  await restrict(store, [deviceKey(RESTRICTED)], instantOf(0))
  await store.close()
  return msUntil(5_000, async () => (await gateway.send(readOf(RESTRICTED))).status === 200)
}

async function onceThereIsRoom({ gateway, setFlag, held }: WithSupplier) {
  const isCarried = async () => (await gateway.send(readOf(deviceOf(2)))).status === 204
  const backMs = (await msUntil(10_000, isCarried)) ?? Number.POSITIVE_INFINITY
  const asked = await setFlag()
  const { isWhole } = await held()
  return { backMs, asked, isWhole, exit: await gateway.end('SIGTERM') }
}

function mountSmallDisk(scope: ProbeScope, folder: string): void {
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder], { stdio: 'ignore' })
  } catch {
    throw new NotHere('a small disk cannot be mounted here: it needs root')
  }
  // Lazily: a process that is about to end may still have a file open.
  scope.teardown(() => execFileSync('umount', ['-l', folder]))
}

/** Writes until nothing more goes in, first in large pieces and then in small ones. */
function fill(file: string): void {
  for (const size of [1_048_576, 4_096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(size), { flag: 'a' })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
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
  return { asked, stopped, deferred, flags, lost }
}
