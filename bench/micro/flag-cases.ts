/**
 * What does it cost to know a flag: reading an EUI, a clear Device by the index, a record in memory, a Device that must be
 * asked for.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import { rankAt } from '../../src/cli/load/popularity.ts'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { instantOf } from '../../src/core/device/device.ts'
import { type DeviceKey, parseEui64 } from '../../src/core/duis/eui64.ts'
import { readEui } from '../../src/core/duis/values.ts'
import { LiveFlags } from '../../src/flags/live-flags.ts'
import { RestrictedIndex } from '../../src/flags/restricted-index.ts'
import { Fleet } from '../workload/fleet.ts'
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
  const flags = await indexedFlags(fleet)
  const clear = popularKeys(fleet, false)
  const restricted = popularKeys(fleet, true)
  for (let from = 0; from < restricted.length; from += BATCH)
    await flags.read(restricted.slice(from, from + BATCH), NOW)
  const index = new RestrictedIndex(devices * fleet.spec.restrictedShare, 1)
  for (const n of fleet.restricted()) index.add(fleet.keyAt(n))
  const common = { group: 'knowing a flag', pieces: LOOK_UPS }
  const label = `fleet of ${devices.toLocaleString('en')}`
  const cold = { ...common, pieces: BATCH, name: `asked for the first time, ${label}` }
  return [
    { ...common, name: `probe of the index alone, ${label}`, run: (times) => probe(index, clear, times) },
    { ...common, name: `clear by the index, ${label}`, run: (times) => readKnown(flags, clear, times) },
    { ...common, name: `record in memory, ${label}`, run: (times) => readKnown(flags, restricted, times) },
    { ...cold, run: coldReads(fleet) },
  ]
}

async function indexedFlags(fleet: Fleet): Promise<LiveFlags> {
  const records = new SyntheticRecords(fleet)
  const flags = new LiveFlags(records, { index: { source: records } })
  await flags.start()
  while (flags.status().index?.state !== 'loaded') await nextTurn()
  return flags
}

/** Devices as they are asked for, all clear or all Restricted. */
function popularKeys(fleet: Fleet, isRestricted: boolean): DeviceKey[] {
  const random = new SeededRandom(1)
  return Array.from({ length: LOOK_UPS }, () => {
    const n = rankAt(random.next(), fleet.spec.devices)
    return fleet.keyAt(fleet.nextWhere(isRestricted, n))
  })
}

function probe(index: RestrictedIndex, keys: readonly DeviceKey[], times: number): unknown {
  let found = 0
  for (let time = 0; time < times; time++) for (const key of keys) if (index.has(key)) found++
  return found
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
