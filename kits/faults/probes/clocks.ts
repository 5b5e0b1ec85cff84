/** C8: the wall clock of a gateway jumps both ways while flags are set, begin and end by the store's. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Instant } from '../../../src/core/device/device.ts'
import { instantOf } from '../../../src/core/device/device.ts'
import type { SqlStore } from '../../../src/store/sql/sql-store.ts'
import { deviceKey } from '../../../test/support/plans.ts'
import { lift, restrict } from '../../../test/support/restrict.ts'
import { wardFolder } from '../../../test/support/warden.ts'
import { deviceOf, readOf } from '../messages.ts'
import { type OnPostgres, onPostgres } from '../on-postgres.ts'
import { NotHere, type ProbeScope, type Seen } from '../row.ts'
import { msUntil, PATIENCE_MS, type ServedGateway } from '../served-gateway.ts'

/** Seconds that the gateway's clock is ahead, one after the other; -10 and below are past `flags.maxClockBehindMs`. */
const JUMPS = [0, -3, -10, 10, -7_200, 7_200, 0]
const BOUND_S = 5

/** From setting a flag for later to its beginning. */
const LATER_MS = 700

/** Past the lease every flag is stale. */
const PAST_LEASE_MS = 2_300

/** What went wrong, each in a few words, and how often a read was looked at. */
interface Found {
  readonly wrong: string[]
  reads: number
}

export async function clockJumps(scope: ProbeScope): Promise<Seen> {
  const place = await onPostgres(scope)
  const file = join(place.folder, 'clock')
  const jump = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  jump(0)
  const gateway = await place.startGateway({
    environment: {
      LD_PRELOAD: faketimeLibrary(),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
  })
  // Only a process that ends by itself takes the library's shared memory away.
  for (const name of ['faketime_shm_', 'sem.faketime_sem_']) wardFolder(`/dev/shm/${name}${gateway.pid}`)
  await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(deviceOf(0)))).status === 204)
  const found: Found = { wrong: [], reads: 0 }
  for (const [step, seconds] of JUMPS.entries()) {
    jump(seconds)
    await whileOff(place, gateway, { step, seconds, found })
  }
  const counted = await gateway.metric('duisgate_restricted_but_forwarded_total')
  const after = await cutOff(place, gateway, () => jump(-3_600))
  const { wrong, reads } = found
  const first = wrong[0] === undefined ? '' : ` (${wrong.slice(0, 3).join('; ')})`
  return {
    holds: wrong.length === 0 && counted === 0 && after === 503,
    figure: `${wrong.length} of ${reads} readings wrong${first} over jumps of ${JUMPS.join(', ')} s, with flags set now, begun and ended during each; past the lease, clock an hour back: read ${after}`,
  }
}

interface Off {
  readonly step: number
  /** How far ahead the gateway's clock is. */
  readonly seconds: number
  readonly found: Found
}

/** A flag set now, one that begins and one that ends; and all of the jumps before stand as they stood. */
async function whileOff(place: OnPostgres, gateway: ServedGateway, { step, seconds, found }: Off) {
  const { store } = place
  const [now, later, ended] = [1, 2, 3].map((number) => deviceOf(10 * (step + 1) + number)) as [
    string,
    string,
    string,
  ]
  const mustBe = async (device: string, status: number, what: string) => {
    found.reads++
    const answer = await gateway.send(readOf(device))
    if (answer.status !== status) found.wrong.push(`${seconds} s, ${what}: ${answer.status}`)
  }
  const begins = instantOf((await store.now()) + LATER_MS)
  await restrict(store, [deviceKey(later)], begins)
  await restrict(store, [deviceKey(ended)], await store.now())
  const sequence = await restrict(store, [deviceKey(now)], await store.now())
  const applied = await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(now))).status === 200)
  if (applied === undefined) found.wrong.push(`${seconds} s: a flag set now does not begin`)
  const isBehind = seconds < -BOUND_S
  const confirmed = await msUntil(isBehind ? 1_000 : PATIENCE_MS, () => isInForce(store, sequence))
  if ((confirmed === undefined) !== isBehind)
    found.wrong.push(`${seconds} s: ${confirmed === undefined ? 'never' : 'is'} in force`)
  await untilStore(store, begins)
  await mustBe(later, 200, 'a flag that has begun')
  await lift(store, [deviceKey(ended)], await store.now())
  const lifted = await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(ended))).status === 204)
  if (lifted === undefined) found.wrong.push(`${seconds} s: a flag that was cleared does not end`)
  for (let before = 1; before <= step + 1; before++) {
    await mustBe(deviceOf(10 * before + 1), 200, 'one set before')
    await mustBe(deviceOf(10 * before + 2), 200, 'one begun before')
    await mustBe(deviceOf(10 * before + 3), 204, 'one ended before')
  }
}

async function isInForce(store: SqlStore, sequence: number): Promise<boolean> {
  const [change] = await store.read((view) => view.changes.after(sequence - 1, 1))
  return change?.inForceAt !== undefined
}

async function untilStore(store: SqlStore, instant: Instant): Promise<void> {
  await msUntil(PATIENCE_MS, async () => (await store.now()) >= instant)
}

async function cutOff(place: OnPostgres, gateway: ServedGateway, jump: () => void): Promise<number> {
  place.proxy.set({ kind: 'black-hole' })
  jump()
  await pause(PAST_LEASE_MS)
  const { status } = await gateway.send(readOf(deviceOf(0)))
  place.proxy.set({ kind: 'none' })
  return status
}

function faketimeLibrary(): string {
  const file = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`
  if (!process.getuid) throw new NotHere('libfaketime is for Linux')
  return file
}
