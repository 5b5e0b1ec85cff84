import t from 'tap'
import { Fleet } from '../../bench/workload/fleet.ts'
import { SyntheticRecords } from '../../bench/workload/synthetic-records.ts'
import {
  type Expected,
  hashOf,
  type TrafficItem,
  type TrafficName,
  type TrafficSpec,
  trafficOf,
} from '../../bench/workload/traffic.ts'
import { rankAt } from '../../src/cli/load/popularity.ts'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { type FlagReading, instantOf, isRestricted } from '../../src/core/device/device.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { readWhole } from '../support/plans.ts'
import { recommendedTable } from '../support/start-gateway.ts'

const fleet = { devices: 100_000, restrictedShare: 0.02, seed: 1 }
const NOW = instantOf(1_760_000_000_000)

function spec(name: TrafficName, changes: Partial<TrafficSpec> = {}): TrafficSpec {
  return { name, fleet, seed: 1, messages: 2_000, ...changes }
}

function shareOf(items: readonly TrafficItem[], ...sorts: string[]): number {
  return items.filter(({ message }) => sorts.includes(message.sort)).length / items.length
}

t.test('the same seed gives the same traffic to the byte, another seed another', async (t) => {
  for (const name of ['requests', 'distinct-reads', 'rejects', 'alerts', 'mix'] as const) {
    t.equal(hashOf(trafficOf(spec(name))), hashOf(trafficOf(spec(name))), name)
    t.not(hashOf(trafficOf(spec(name))), hashOf(trafficOf(spec(name, { seed: 2 }))), name)
  }
})

t.test('the mix is 60 % Device Alerts, 3 % DCC Alerts and 37 % Requests and Responses', async (t) => {
  const items = trafficOf(spec('mix', { messages: 20_000 }))
  const near = (share: number, stated: number) =>
    t.ok(Math.abs(share - stated) < 0.01, `${share} for ${stated}`)
  near(shareOf(items, 'device-alert', 'billing-alert'), 0.6)
  near(shareOf(items, 'dcc-alert'), 0.03)
  near(shareOf(items, 'read', 'other-request'), 0.185)
  near(shareOf(items, 'data-response', 'other-response'), 0.185)
})

t.test('Requests are as long as published ones: median 1.85 kB, mean 3.2 kB, up to 26.6 kB', async (t) => {
  const lengths = trafficOf(spec('requests'))
    .map(({ message }) => message.body.length)
    .sort((a, b) => a - b)
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
  t.ok(Math.abs((lengths[1_000] ?? 0) - 1_851) < 100, `median ${lengths[1_000]}`)
  t.ok(Math.abs(mean - 3_212) < 300, `mean ${mean}`)
  t.ok((lengths.at(-1) ?? 0) <= 26_700, `longest ${lengths.at(-1)}`)
})

t.test('the reader and the shipped table make of every message what its traffic expects', async (t) => {
  const devices = new Fleet(fleet)
  for (const name of ['requests', 'distinct-reads', 'rejects', 'alerts', 'large-bodies', 'mix'] as const) {
    const items = trafficOf(spec(name, { messages: name === 'large-bodies' ? 2 : 1_000 }))
    const unexpected = items.filter((item) => outcomeOf(devices, item) !== item.expected)
    t.same(
      unexpected.map(({ message }) => message.body.toString()),
      [],
      name,
    )
  }
})

t.test('all of `rejects` is rejected, and the mix has some of each outcome', async (t) => {
  t.ok(trafficOf(spec('rejects')).every(({ expected }) => expected === 'rejected'))
  const outcomes = new Set(trafficOf(spec('mix', { messages: 20_000 })).map(({ expected }) => expected))
  t.same([...outcomes].sort(), ['forwarded', 'rejected', 'substituted', 'withheld'])
})

t.test('a Device is told from its key, and two of a hundred are Restricted', async (t) => {
  const devices = new Fleet({ devices: 60_000_000, restrictedShare: 0.02, seed: 3 })
  for (const n of [0, 1, 59_999_999]) t.equal(devices.numberOf(devices.keyAt(n)), n)
  t.equal(devices.numberOf(new Fleet({ ...devices.spec, devices: 4e9 }).keyAt(60_000_000)), undefined)
  const restricted = Array.from({ length: 100_000 }, (_, n) => devices.isRestricted(n)).filter(Boolean).length
  t.ok(Math.abs(restricted / 100_000 - 0.02) < 0.002, String(restricted))
})

t.test('the store of the benches answers by the fleet', async (t) => {
  const devices = new Fleet(fleet)
  const numbers = [0, 1, 2, 99_999]
  const records = await new SyntheticRecords(devices).load(numbers.map((n) => devices.keyAt(n)))
  t.same(
    records.map((record) => isRestricted(record, NOW)),
    numbers.map((n) => devices.isRestricted(n)),
  )
})

t.test('popular Devices are spoken of far more often than others', async (t) => {
  const random = new SeededRandom(1)
  const ranks = Array.from({ length: 20_000 }, () => rankAt(random.next(), 1_000_000))
  t.ok(ranks.every((rank) => Number.isInteger(rank) && rank >= 0 && rank < 1_000_000))
  const share = ranks.filter((rank) => rank < 10_000).length / ranks.length
  t.ok(share > 0.4 && share < 0.6, `one Device of a hundred has ${share} of the messages`)
})

function outcomeOf(devices: Fleet, { message, direction }: TrafficItem): Expected | string {
  const reading = readWhole(direction, message.body)
  if (!reading.ok) return reading.fault.text
  const flags = reading.facts.devices.map((key): FlagReading => {
    const n = devices.numberOf(key)
    const state = n !== undefined && devices.isRestricted(n) ? 'restricted' : 'clear'
    return { state, type: undefined, version: 0, ageMs: 0, isStale: false }
  })
  const verdict = decide(recommendedTable, reading.facts, flags, NOW)
  switch (verdict.kind) {
    case 'forward':
      return 'forwarded'
    case 'reject':
      return 'rejected'
    case 'withhold':
      return verdict.answersRequest ? 'substituted' : 'withheld'
    default:
      return verdict.kind
  }
}
