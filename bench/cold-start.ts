/**
 * What does a gateway ask of its store after a start, while messages for ever other Devices come in? A real SQLite file
 * with that many flags, a fleet fifty times as large, and the flags as `serve` puts them together, without HTTP.
 *
 *   node bench/cold-start.ts [--flags 100000] [--rate 10000] [--seconds 3]
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { instantOf } from '../src/core/device/device.ts'
import { LiveFlags } from '../src/flags/live-flags.ts'
import { openSqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { restrict } from '../test/support/restrict.ts'
import { wardedFolder } from '../test/support/warden.ts'
import { answerHelp, readOptions } from './support/help.ts'
import { Fleet } from './workload/fleet.ts'

answerHelp(import.meta.url)

const RESTRICTED_SHARE = 0.02
const TICK_MS = 10

const { values } = readOptions({
  options: {
    flags: { type: 'string', default: '100000' },
    rate: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '3' },
  },
})
const [flagged, rate, seconds] = [Number(values.flags), Number(values.rate), Number(values.seconds)]

/** Reads distinct Devices at the rate and counts what came of it. */
async function readDistinct(flags: LiveFlags, fleet: Fleet): Promise<Record<string, number>> {
  const states: Record<string, number> = {}
  const count = (state: string) => {
    states[state] = (states[state] ?? 0) + 1
  }
  const waiting: Promise<void>[] = []
  const beganMs = performance.now()
  for (let next = 0; next < rate * seconds; await delay(TICK_MS)) {
    const due = Math.min(rate * seconds, ((performance.now() - beganMs) * rate) / 1_000)
    for (; next < due; next++) {
      const readings = flags.read([fleet.keyAt(next)], instantOf(Date.now()))
      if (readings instanceof Promise)
        waiting.push(
          readings.then((later) => {
            for (const { state } of later) count(`${state}, asked for`)
          }),
        )
      else for (const { state } of readings) count(state)
    }
  }
  await Promise.all(waiting)
  return states
}

async function measure(folder: string): Promise<void> {
  const fleet = new Fleet({ devices: flagged / RESTRICTED_SHARE, restrictedShare: RESTRICTED_SHARE, seed: 1 })
  const store = openSqliteStore({ file: join(folder, 'store.db') })
  const keys = Array.from(fleet.restricted(), (n) => fleet.keyAt(n))
  for (let from = 0; from < keys.length; from += 10_000)
    await restrict(store, keys.slice(from, from + 10_000), instantOf(0))
  for (const withIndex of [false, true]) {
    const flags = new LiveFlags(store, withIndex ? { index: { source: store } } : {})
    const blocked = monitorEventLoopDelay({ resolution: 1 })
    blocked.enable()
    const beganMs = performance.now()
    await flags.start()
    const loaded = withIndex ? untilLoaded(flags).then(() => performance.now() - beganMs) : undefined
    const states = await readDistinct(flags, fleet)
    const { loads, batches, index } = flags.status()
    const loadedMs = Math.round((await loaded) ?? 0)
    const longestMs = Math.round(blocked.max / 1e5) / 10
    console.log({ withIndex, states, loads, batches, loadedMs, longestMs, index })
    await flags.stop()
  }
  await store.close()
}

async function untilLoaded(flags: LiveFlags): Promise<void> {
  while (flags.status().index?.state !== 'loaded') await delay(1)
}

const folder = wardedFolder('duisgate-bench-')
try {
  await measure(folder)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
