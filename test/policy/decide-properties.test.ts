/**
 * What holds of decide for any message: more said or more Devices concerned never makes an outcome laxer.
 */
import fc from 'fast-check'
import t from 'tap'
import type { DeviceType, FlagReading } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { type Claim, LOGS_TO_READ, type MessageFacts } from '../../src/core/duis/facts.ts'
import { decide, needsFlags } from '../../src/core/policy/decide.ts'
import { NEVER_BLOCK_CLASSES, type Table } from '../../src/core/policy/table.ts'
import type { Verdict } from '../../src/core/policy/verdict.ts'
import {
  alert,
  catalogue,
  dcc,
  dccAlert,
  deviceAlert,
  element,
  NOON,
  request,
  response,
  shipped,
  srv,
} from './messages.ts'

const tables = [await shipped('recommended'), await shipped('seed-2023-04-literal')]

const srvs = [...catalogue.bySrv.keys(), '4.99', '9.99']
const alerts = [...catalogue.alerts.keys(), '7FFF']

const outerClaim: fc.Arbitrary<Claim> = fc.oneof(
  fc
    .constantFrom(...srvs)
    .chain((code) => fc.constantFrom('header', 'body', 'gbcs', 'smets1').map((source) => srv(code, source))),
  fc.constantFrom('ReadNew', 'UpdateNew').map((name) => element(name)),
)
const alertClaim: fc.Arbitrary<Claim> = fc.oneof(
  fc.constantFrom(...alerts).map((code) => alert(code)),
  fc.constantFrom(...catalogue.dccAlerts.keys()).map(dcc),
)
const anyClaim = fc.oneof(outerClaim, alertClaim)

const deviceType = fc.constantFrom<(DeviceType | undefined)[]>('ESME', 'GSME', 'GPF', 'CHF', undefined)
const reading: fc.Arbitrary<FlagReading> = fc.oneof(
  fc.constant({ state: 'unknown' } as const),
  fc.record({
    state: fc.constantFrom('restricted', 'clear'),
    type: deviceType,
    version: fc.nat(9),
    ageMs: fc.nat(9_999),
    isStale: fc.boolean(),
  }),
)
const device = fc.nat(9).map((low) => deviceKeyOf(0x00db1234, low))
const concerned = fc.array(fc.tuple(device, reading), { minLength: 1, maxLength: 4 })

const details = fc.record({
  hasData: fc.boolean(),
  isScheduled: fc.boolean(),
  isScheduleNumber: fc.boolean(),
  paymentMode: fc.constantFrom('credit', 'prepayment', 'unreadable', undefined),
  logsToRead: fc.subarray([...LOGS_TO_READ, 'unreadable' as const]),
})
const message: fc.Arbitrary<MessageFacts> = fc
  .tuple(
    fc.constantFrom(request, response, deviceAlert, dccAlert),
    fc.array(anyClaim, { maxLength: 4 }),
    details,
  )
  .map(([make, claims, given]) => make(claims, make === response ? given : { ...given, hasData: true }))

const STRICTNESS = { forward: 0, defer: 1, reject: 2, withhold: 2, refuse: 3 } as const

function verdictOn(
  table: Table,
  facts: MessageFacts,
  pairs: readonly (readonly [MessageFacts['devices'][number], FlagReading])[],
): Verdict {
  const devices = pairs.map(([key]) => key)
  return decide(
    table,
    { ...facts, devices },
    pairs.map(([, flag]) => flag),
    NOON,
  )
}

/** Claims that complete the message, so that adding them takes away the reason it was stopped for. */
function completes(facts: MessageFacts, claim: Claim): boolean {
  const isUnclassified = facts.claims.every(({ type }) => type === 'dcc-alert')
  const isBareSchedule = facts.claims.some((each) => each.type === 'srv' && each.srv === '5.1')
  const isNamedOnly = facts.claims.some(({ type }) => type === 'element') && !facts.claims.some(isStated)
  if (isNamedOnly && isStated(claim)) return true
  return (isUnclassified && claim.type !== 'dcc-alert') || (isBareSchedule && claim.type === 'srv')
}

/** An SRV that says what an element is whose name sounds like a read. */
function isStated({ type, source }: Claim): boolean {
  return type === 'srv' && (source === 'header' || source === 'smets1')
}

t.test('another claim never makes the outcome laxer', async () => {
  fc.assert(
    fc.property(fc.constantFrom(...tables), message, anyClaim, concerned, (table, facts, claim, pairs) => {
      fc.pre(!completes(facts, claim))
      const before = verdictOn(table, facts, pairs)
      const after = verdictOn(table, { ...facts, claims: [...facts.claims, claim] }, pairs)
      return STRICTNESS[after.kind] >= STRICTNESS[before.kind]
    }),
    { numRuns: 2_000 },
  )
})

t.test('another Device never makes the outcome laxer', async () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...tables),
      message,
      concerned,
      device,
      reading,
      (table, facts, pairs, extra, flag) => {
        const before = verdictOn(table, facts, pairs)
        const after = verdictOn(table, facts, [...pairs, [extra, flag]])
        return STRICTNESS[after.kind] >= STRICTNESS[before.kind]
      },
    ),
    { numRuns: 2_000 },
  )
})

t.test(
  'a message with data that goes on while a Device is known to be Restricted claims no unconditionally blocked kind',
  async () => {
    fc.assert(
      fc.property(fc.constantFrom(...tables), message, concerned, (table, facts, pairs) => {
        const isRestricted = pairs.some(([, flag]) => flag.state === 'restricted' && !flag.isStale)
        fc.pre(isRestricted && facts.hasData)
        const verdict = verdictOn(table, facts, pairs)
        return verdict.kind !== 'forward' || !facts.claims.some((claim) => isBlocked(table, claim))
      }),
      { numRuns: 2_000 },
    )
  },
)

function isBlocked(table: Table, claim: Claim): boolean {
  const row = rowOf(table, claim)
  return row !== undefined && row.action === 'block' && Object.keys(row.when).length === 0
}

function rowOf(table: Table, claim: Claim) {
  if (claim.type === 'srv') return table.bySrv.get(claim.srv)
  if (claim.type === 'alert') return table.byAlert.get(claim.code)
  return claim.type === 'dcc-alert' ? table.byDccAlert.get(claim.code) : undefined
}

t.test('a message that claims only never-block kinds goes on, whatever the flags say', async () => {
  const safe = (table: Table) =>
    table.rows
      .filter((row) => (NEVER_BLOCK_CLASSES as readonly string[]).includes(row.class))
      .flatMap((row) => row.srv.map((code) => srv(code)))
  fc.assert(
    fc.property(
      fc
        .constantFrom(...tables)
        .chain((table) => fc.tuple(fc.constant(table), fc.subarray(safe(table), { minLength: 1 }))),
      fc.array(fc.tuple(device, reading), { maxLength: 4 }),
      ([table, claims], pairs) => verdictOn(table, request(claims), pairs).kind === 'forward',
    ),
    { numRuns: 500 },
  )
})

t.test('flags that were not asked for change nothing', async (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...tables), message, concerned, (table, facts, pairs) => {
      fc.pre(!needsFlags(table, { ...facts, devices: pairs.map(([key]) => key) }))
      const devices = pairs.map(([key]) => key)
      const without = decide(table, { ...facts, devices }, [], NOON)
      const { kind, rule } = verdictOn(table, facts, pairs) as Exclude<Verdict, { kind: 'refuse' }>
      t.match(without, { kind, rule })
    }),
    { numRuns: 300 },
  )
})

t.test('the type of a Device that is clear changes nothing that is done', async (t) => {
  const withoutType = (flag: FlagReading): FlagReading =>
    flag.state === 'clear' && !flag.isStale ? { ...flag, type: undefined } : flag
  fc.assert(
    fc.property(fc.constantFrom(...tables), message, concerned, (table, facts, pairs) => {
      const typed = verdictOn(table, facts, pairs) as Exclude<Verdict, { kind: 'refuse' }>
      const { kind, alarms, events, shadow } = typed
      const untyped = pairs.map(([key, flag]) => [key, withoutType(flag)] as const)
      t.match(verdictOn(table, facts, untyped), { kind, alarms, events, shadow })
    }),
    { numRuns: 500 },
  )
})
