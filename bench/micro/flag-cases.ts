/** What does it cost to know a flag: reading an EUI, a Device in memory, a Device that must be asked for. */
import { instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../../src/core/duis/eui64.ts'
import { readEui } from '../../src/core/duis/values.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { Fleet } from '../workload/fleet.ts'
import { rankAt } from '../workload/popularity.ts'
import { SeededRandom } from '../workload/seeded-random.ts'
import { SyntheticRecords } from '../workload/synthetic-records.ts'
import type { Case } from './stopwatch.ts'

/** Look-ups in one time: enough to leave the processor's caches. */
const LOOK_UPS = 100_000
const BATCH = 1_000
const NOW = instantOf(1_760_000_000_000)

/** `fleets`: numbers of Devices, each a case of its own. */
export async function flagCases(fleets: readonly number[]): Promise<Case[]> {
  const cases = euiCases()
  for (const devices of fleets) cases.push(...(await casesOf(devices)))
  return cases
}

function euiCases(): Case[] {
  const fleet = new Fleet({ devices: 100_000, restrictedShare: 0.02, seed: 1 })
  const texts = Array.from({ length: BATCH }, (_, n) => fleet.euiAt(n))
  const bytes = texts.map((text) => Buffer.from(text))
  const common = { group: 'reading an EUI', pieces: BATCH }
  const each = (work: (index: number) => unknown) => (times: number) => {
    let last: unknown
    for (let time = 0; time < times; time++) for (let index = 0; index < BATCH; index++) last = work(index)
    return last
  }
  return [
    { ...common, name: 'from bytes', run: each((index) => readEui(bytes[index] ?? Buffer.of(), 0)) },
    { ...common, name: 'from text', run: each((index) => parseEui64(texts[index] ?? '')) },
  ]
}

async function casesOf(devices: number): Promise<Case[]> {
  const fleet = new Fleet({ devices, restrictedShare: 0.02, seed: 1 })
  const flags = new LiveFlags(new SyntheticRecords(fleet))
  await flags.start()
  const keys = popularKeys(fleet)
  for (let from = 0; from < keys.length; from += BATCH) await flags.read(keys.slice(from, from + BATCH), NOW)
  const common = { group: 'knowing a flag', pieces: LOOK_UPS }
  const label = `fleet of ${devices.toLocaleString('en')}`
  const cold = { ...common, pieces: BATCH, name: `asked for the first time, ${label}` }
  return [
    { ...common, name: `in memory, ${label}`, run: (times) => readKnown(flags, keys, times) },
    { ...cold, run: coldReads(fleet) },
  ]
}

function popularKeys(fleet: Fleet): DeviceKey[] {
  const random = new SeededRandom(1)
  return Array.from({ length: LOOK_UPS }, () => fleet.keyAt(rankAt(random.next(), fleet.spec.devices)))
}

function readKnown(flags: LiveFlags, keys: readonly DeviceKey[], times: number): unknown {
  let last: unknown
  for (let time = 0; time < times; time++) for (const key of keys) last = flags.read([key], NOW)
  return last
}

/** A thousand messages in one turn of the event loop, each for a Device that is not in memory, in a cache of a thousand. */
function coldReads(fleet: Fleet): Case['run'] {
  const flags = new LiveFlags(new SyntheticRecords(fleet), { maxEntries: BATCH })
  let next = 0
  return async (times) => {
    await flags.start()
    for (let time = 0; time < times; time++) {
      const readings = Array.from({ length: BATCH }, () =>
        flags.read([fleet.keyAt(next++ % fleet.spec.devices)], NOW),
      )
      await Promise.all(readings)
    }
    await flags.stop()
  }
}
