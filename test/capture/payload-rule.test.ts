/** Which captured messages may keep their payload: never one that was stopped or concerns a Restricted Device. */
import t from 'tap'
import { mayKeepPayload } from '../../src/capture/capture-run.ts'
import { type FlagReading, instantOf } from '../../src/core/device/device.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { allFixtures } from '../fixtures/all.ts'
import { readWhole } from '../support/plans.ts'
import { recommendedTable } from '../support/start-gateway.ts'

const NOW = instantOf(1_800_000_000_000)
const CLEAR: FlagReading = { state: 'clear', type: 'ESME', version: 0, ageMs: 0, isStale: false }
const RESTRICTED: FlagReading = { ...CLEAR, state: 'restricted' }

const facts = allFixtures.flatMap(({ direction, bytes }) => {
  const reading = readWhole(direction, bytes)
  return reading.ok ? [reading.facts] : []
})

/** The rule for every fixture, with these readings in place of its Devices' own. */
function kept(readingOf: (place: number) => FlagReading, isWanted = true) {
  return facts.map((each) => {
    const readings = each.devices.map((_, place) => readingOf(place))
    const verdict = decide(recommendedTable, each, readings, NOW)
    return {
      verdict: verdict.kind,
      facts: each,
      isKept: mayKeepPayload({ isWanted, verdict, devices: each.devices, readings }),
    }
  })
}

t.test('with all Devices clear just the messages that went on and name a Device may keep it', async (t) => {
  const all = kept(() => CLEAR)
  t.ok(all.some(({ isKept }) => isKept))
  for (const { verdict, facts, isKept } of all)
    t.equal(isKept, verdict === 'forward' && facts.devices.length > 0)
})

t.test('with any Device Restricted none may, also where the rule looks at no flag', async (t) => {
  for (const restricted of [0, 1]) {
    const all = kept((place) => (place === restricted ? RESTRICTED : CLEAR))
    const concerned = all.filter(({ facts }) => facts.devices.length > restricted)
    t.ok(concerned.some(({ verdict }) => verdict === 'forward'))
    t.notOk(concerned.some(({ isKept }) => isKept))
  }
})

t.test('not knowing counts against it', async (t) => {
  t.notOk(kept(() => ({ state: 'unknown' })).some(({ isKept }) => isKept))
  t.notOk(kept(() => ({ ...CLEAR, isStale: true })).some(({ isKept }) => isKept))
  for (const each of facts.filter(({ devices }) => devices.length > 0)) {
    const verdict = decide(
      recommendedTable,
      each,
      each.devices.map(() => CLEAR),
      NOW,
    )
    t.notOk(mayKeepPayload({ isWanted: true, verdict, devices: each.devices, readings: undefined }))
    t.notOk(mayKeepPayload({ isWanted: true, verdict, devices: each.devices, readings: [] }))
  }
})

t.test('a flag that counted in the verdict counts still when it is lifted meanwhile', async (t) => {
  const [read] = facts
  if (!read) throw new Error('there is no fixture')
  const verdict = decide(
    recommendedTable,
    read,
    read.devices.map(() => CLEAR),
    NOW,
  )
  if (verdict.kind !== 'forward') throw new Error('the first fixture is not forwarded')
  const ask = { isWanted: true, devices: read.devices, readings: read.devices.map(() => CLEAR) }
  t.ok(mayKeepPayload({ ...ask, verdict }))
  for (const flag of ['restricted', 'unknown', 'stale'] as const)
    t.notOk(mayKeepPayload({ ...ask, verdict: { ...verdict, flag } }))
})

t.test('nobody keeps a payload without asking for it', async (t) => {
  t.notOk(kept(() => CLEAR, false).some(({ isKept }) => isKept))
})
