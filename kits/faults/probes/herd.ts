/** C6 and C7: what a gateway asks of its store, and what it keeps, under look-ups of ever other Devices; no HTTP in between. */
import { setTimeout as pause } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { instantOf } from '../../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../../src/core/duis/eui64.ts'
import { LiveFlags, type LiveFlagsOptions } from '../../../src/flags/live-flags.ts'
import { openSqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import type { DeviceRecords } from '../../../src/store/store.ts'
import { restrict } from '../../../test/support/restrict.ts'
import { withLoad } from '../../../test/support/start-gateway.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { newFolder, PATIENCE_MS, quantile } from '../served-gateway.ts'

const FLEET = 1_000_000
/** Look-ups a second. */
const RATE = 2_000
/** How many times as much CPU a Device may take in the herd as when they come one after the other. */
const TIMES = 3

function keyAt(n: number): DeviceKey {
  return deviceKeyOf(0x000d5cab, n)
}

interface Following {
  readonly flags: LiveFlags
  restrict(keys: readonly DeviceKey[]): Promise<unknown>
}

/** Flags that follow an SQLite file, without an index. */
async function follow(
  scope: ProbeScope,
  options: LiveFlagsOptions = {},
  wrap: (records: DeviceRecords) => DeviceRecords = (records) => records,
): Promise<Following> {
  const store = openSqliteStore({ file: `${newFolder(scope)}/store.db` })
  const flags = new LiveFlags(wrap(store), options)
  await flags.start()
  scope.teardown(async () => {
    await flags.stop()
    await store.close()
  })
  return { flags, restrict: (keys) => restrict(store, keys, instantOf(0)) }
}

/** Nothing is in memory when the traffic begins; each Device is asked about twice at once. */
export async function coldHerd(scope: ProbeScope): Promise<Seen> {
  let asked = 0
  const counting = withLoad((keys, from) => {
    asked += keys.length
    return from.load(keys)
  })
  const { flags } = await follow(scope, { lookupTimeoutMs: PATIENCE_MS }, counting)
  const alone = await cpuOfEach(flags, RATE / 2)
  asked = 0
  const times: number[] = []
  let unknown = 0
  const look = async (n: number) => {
    const from = performance.now()
    const readings = await flags.read([keyAt(n)], instantOf(Date.now()))
    times.push(performance.now() - from)
    if (readings.some(({ state }) => state === 'unknown')) unknown++
  }
  const waiting: Promise<void>[] = []
  const distinct = new Set<number>()
  const all = RATE * (scope.isQuick ? 1 : 5)
  const began = process.cpuUsage()
  for (const from = performance.now(); waiting.length < all; await pause(5)) {
    const due = Math.min(all, ((performance.now() - from) * RATE) / 1_000)
    while (waiting.length < due) {
      const n = Math.floor(Math.random() * FLEET)
      distinct.add(n)
      waiting.push(look(n), look(n))
    }
  }
  await Promise.all(waiting)
  const each = cpuMs(began) / distinct.size
  return {
    holds: asked <= distinct.size && each <= TIMES * alone && unknown === 0,
    figure: `${times.length} look-ups at ${RATE}/s: ${asked} questions for ${distinct.size} Devices, ${each.toFixed(2)} ms CPU a Device (${alone.toFixed(2)} one after the other), p99 ${quantile(times, 0.99).toFixed(1)} ms, ${unknown} unknown`,
  }
}

/** Milliseconds of CPU for a Device that nobody has asked about, one after the other. */
async function cpuOfEach(flags: LiveFlags, count: number): Promise<number> {
  const began = process.cpuUsage()
  for (let n = 0; n < count; n++) await flags.read([keyAt(FLEET + n)], instantOf(Date.now()))
  return cpuMs(began) / count
}

function cpuMs(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began)
  return (user + system) / 1_000
}

const KEPT = 10_000
const PAGE = 500

/** Far more Devices than records are kept, some of them Restricted. */
export async function flood(scope: ProbeScope): Promise<Seen> {
  const { flags, restrict } = await follow(scope, { maxEntries: KEPT })
  const restricted = Array.from({ length: 20 }, (_, n) => keyAt(FLEET + n))
  await restrict(restricted)
  await flags.catchUp()
  const pages = scope.isQuick ? 100 : 1_000
  let wrong = 0
  let early = 0
  for (let page = 0; page < pages; page++) {
    const keys = Array.from({ length: PAGE }, () => keyAt(Math.floor(Math.random() * FLEET)))
    const readings = await flags.read([...keys, ...restricted], instantOf(Date.now()))
    wrong += readings.filter(({ state }, index) => (state === 'restricted') !== index >= PAGE).length
    if (page === pages / 5) early = heapMb()
  }
  const late = heapMb()
  return {
    holds: wrong === 0 && flags.status().entries <= KEPT && late <= early * 1.05,
    figure: `${(pages * PAGE).toLocaleString('en')} look-ups over 1,000,000 Devices, room for ${flags.status().entries.toLocaleString('en')}: ${wrong} wrong readings, heap ${early.toFixed(1)} MB after a fifth and ${late.toFixed(1)} MB at the end`,
  }
}

/** What is in use after everything that can be collected has been. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed / 1_048_576
}
