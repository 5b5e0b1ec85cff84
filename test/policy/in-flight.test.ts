/** Responses that are under way when the flag takes effect, with `inFlight: deliver`: which go out, and which never do. */
import t from 'tap'
import { type FlagReading, instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { compileTable, type Table, type TableData } from '../../src/core/policy/table.ts'
import type { Verdict } from '../../src/core/policy/verdict.ts'
import {
  alert,
  catalogue,
  clear,
  dcc,
  dccAlert,
  deviceAlert,
  NOON,
  request,
  response,
  restricted,
  shipped,
  srv,
  unknown,
} from './messages.ts'

const HOUR = 3_600_000
const recommended = await shipped('recommended')
const delivering: Table = { ...recommended, deliverInFlightMs: 24 * HOUR }

const reading = response([srv('4.8.1')])
const sinceNoon = restricted({ since: NOON })

interface Case {
  readonly facts?: MessageFacts
  readonly flags?: readonly FlagReading[]
  readonly table?: Table
  /** Milliseconds after noon, when the flag takes effect. */
  readonly requestedAt?: number | undefined
  readonly at?: number
}

function decided(given: Case): Exclude<Verdict, { kind: 'refuse' }> {
  const { facts = reading, flags = [sinceNoon], table = delivering, at = 1_000 } = given
  const requestedAt = 'requestedAt' in given ? given.requestedAt : -1_000
  const asked = requestedAt === undefined ? undefined : instantOf(NOON + requestedAt)
  const verdict = decide(table, facts, flags, instantOf(NOON + at), asked)
  if (verdict.kind === 'refuse') throw new Error('decide never refuses')
  return verdict
}

t.test(
  'delivers the Response to a Request that was forwarded before the flag, and names the ground',
  async (t) => {
    const verdict = decided({})
    t.match(verdict, {
      kind: 'forward',
      rule: 'read-profiles',
      flag: 'restricted',
      flagVersion: 7,
      isInFlight: true,
    })
    t.match(
      verdict.reason,
      /^SRV 4\.8\.1 passes: its Request was forwarded before the flag of Device 00-DB.* took effect\.$/,
    )
  },
)

const stopped: Record<string, Case> = {
  'while the table withholds': { table: recommended },
  'when the gateway knows of no Request': { requestedAt: undefined },
  'when the Request was forwarded as the flag took effect': { requestedAt: 0 },
  'when the Request was forwarded after the flag took effect': { requestedAt: 500 },
  'when nobody knows since when the flag is in force': { flags: [restricted()] },
  '24 hours after the Request': { requestedAt: -HOUR, at: 23 * HOUR },
  'when the clock went back behind the Request': { requestedAt: -1_000, at: -2_000 },
  'of a schedule': { facts: response([srv('4.8.1')], { isScheduled: true }) },
  'without a RequestID': { facts: response([srv('4.8.1')], { requestId: undefined }) },
  'with a billing alert wrapped in it': { facts: response([srv('4.8.1'), alert('8F0A')]) },
  'with another Device whose flag is older than the Request': {
    facts: response([srv('4.8.1')], { devices: [deviceKeyOf(0, 1), deviceKeyOf(0, 2)] }),
    flags: [sinceNoon, restricted({ since: instantOf(NOON - 2_000) })],
  },
}
for (const [what, given] of Object.entries(stopped)) {
  t.test(`withholds a Response ${what}`, async (t) => {
    t.match(decided(given), { kind: 'withhold', flag: 'restricted', isInFlight: false })
  })
}

t.test('stops alerts at once, whatever Request they would name', async (t) => {
  const { requestId } = reading
  for (const facts of [
    deviceAlert([alert('8F0A')], { requestId }),
    dccAlert([dcc('N54'), alert('8F0A')], { requestId }),
  ])
    t.match(decided({ facts }), { kind: 'withhold' })
})

t.test('still rejects the next Request', async (t) => {
  t.match(decided({ facts: request([srv('4.8.1')]) }), { kind: 'reject' })
})

t.test('does what the row says where the flag is not known, or past its lease', async (t) => {
  t.match(decided({ flags: [unknown] }), { kind: 'defer', isInFlight: false })
  t.match(decided({ flags: [restricted({ isStale: true, since: NOON })] }), {
    kind: 'defer',
    isInFlight: false,
  })
})

t.test('passes what nobody stops as it always did', async (t) => {
  t.match(decided({ flags: [clear()] }), { kind: 'forward', flag: 'clear', isInFlight: false })
  t.match(decided({ facts: response([srv('11.1')]) }), {
    kind: 'forward',
    flag: 'not-needed',
    isInFlight: false,
  })
})

t.test('a table says for how long; 24 hours when it does not, and never longer', async (t) => {
  const compiled = (given: Partial<TableData>) => {
    const { rows, defaults } = recommended
    return compileTable({ name: 'changed', basis: 'a test', rows, defaults, ...given }, 'test', catalogue)
  }
  const msOf = (given: Partial<TableData>) => {
    const result = compiled(given)
    return result.ok ? result.table.deliverInFlightMs : result.problems.map(({ text }) => text).join()
  }
  t.equal(msOf({}), 0)
  t.equal(msOf({ inFlight: 'withhold' }), 0)
  t.equal(msOf({ inFlight: 'deliver' }), 24 * HOUR)
  t.equal(msOf({ inFlight: 'deliver', inFlightHours: 0.5 }), HOUR / 2)
  const outOfRange = 'write a number of hours above 0, 24 at most'
  for (const inFlightHours of [25, 0, -1, Number.NaN])
    t.equal(msOf({ inFlight: 'deliver', inFlightHours }), outOfRange)
  t.match(msOf({ inFlightHours: 1 }), /^it says something only beside inFlight: deliver/)
})
