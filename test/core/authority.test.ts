/** Who may change a flag, as a table: each line a meter point as it is registered, who asks for whom, and what comes of it. */
import t from 'tap'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { judgeAuthority, type Responsibility } from '../../src/core/restriction/authority.ts'
import type { Actor } from '../../src/core/restriction/party.ts'
import {
  AUDITOR,
  CENTRE,
  CSP_N,
  DAY,
  MPAN,
  MPRN,
  NET,
  OPS,
  PARTIES,
  registration,
  rulesOf,
  START,
  SUP_E,
  SUP_G,
  SUP_N,
  supplied,
} from '../restriction/scene.ts'

const THEN = instantOf(START + 10 * DAY)
const TICKET = { ticket: 'INC-204711' }
const forSupplier = (onBehalfOf: string) => ({ onBehalfOf, ...TICKET })

const NOBODY: Responsibility = { registrations: [], neighbours: [], hasMeterPoint: true }
const ELECTRICITY: Responsibility = {
  ...NOBODY,
  registrations: [supplied(MPAN, 'SUP-E'), registration('network-operator', MPAN, 'NET', START - DAY)],
  neighbours: [supplied(MPRN, 'SUP-G')],
}
/** SUP-E until then, SUP-N from then on. */
const CHANGING: Responsibility = {
  ...NOBODY,
  registrations: [supplied(MPAN, 'SUP-E', START - DAY, THEN), supplied(MPAN, 'SUP-N', THEN)],
}
/** The gas of the home was SUP-N's until yesterday. */
const FORMER_GAS: Responsibility = {
  ...ELECTRICITY,
  neighbours: [supplied(MPRN, 'SUP-N', START - 9 * DAY, START - DAY), supplied(MPRN, 'SUP-G', START - DAY)],
}
const WITHOUT_METER_POINT: Responsibility = { ...NOBODY, hasMeterPoint: false }
const KEPT: Responsibility = { ...WITHOUT_METER_POINT, keeper: 'SUP-E' }

type Line = readonly [
  name: string,
  about: Responsibility,
  actor: Actor,
  request: Parameters<typeof judgeAuthority>[1],
  /** The Supplier for whom it is made, or the rules against it. */
  outcome: string | readonly string[],
  at?: Instant,
]

const LINES: readonly Line[] = [
  ['its Supplier', ELECTRICITY, SUP_E, {}, 'SUP-E'],
  ['its Supplier, who names itself', ELECTRICITY, SUP_E, { onBehalfOf: 'SUP-E' }, 'SUP-E'],
  ['its Supplier for another', ELECTRICITY, SUP_E, forSupplier('SUP-N'), ['on-behalf-not-allowed']],
  ['another Supplier', ELECTRICITY, SUP_N, {}, ['not-responsible']],
  ['the Supplier of the other fuel', ELECTRICITY, SUP_G, {}, ['cross-fuel']],
  ['a former Supplier of the other fuel', FORMER_GAS, SUP_N, {}, ['not-responsible']],
  ['any Supplier, where none is registered', NOBODY, SUP_E, {}, ['no-supplier']],
  ['the losing Supplier, for its own time', CHANGING, SUP_E, {}, 'SUP-E', instantOf(THEN - 1)],
  ['the losing Supplier, from the change on', CHANGING, SUP_E, {}, ['not-responsible-then'], THEN],
  ['the gaining Supplier, from the change on', CHANGING, SUP_N, {}, 'SUP-N', THEN],
  ['the gaining Supplier, before it', CHANGING, SUP_N, {}, ['not-responsible'], instantOf(THEN - 1)],
  ['whom a flag without a meter point was set for', KEPT, SUP_E, {}, 'SUP-E'],
  ['another Supplier, of such a flag', KEPT, SUP_N, {}, ['not-responsible']],
  ['a Supplier, of a new flag without one', WITHOUT_METER_POINT, SUP_E, {}, ['not-responsible']],

  ['the Service Centre', ELECTRICITY, CENTRE, forSupplier('SUP-E'), 'SUP-E'],
  ['for the wrong Supplier', ELECTRICITY, CENTRE, forSupplier('SUP-N'), ['on-behalf-not-responsible']],
  ['for no Supplier', ELECTRICITY, CENTRE, forSupplier('NET'), ['on-behalf-not-supplier']],
  ['for nobody known', ELECTRICITY, CENTRE, forSupplier('SUP-X'), ['on-behalf-not-supplier']],
  ['for nobody', ELECTRICITY, CENTRE, TICKET, ['on-behalf-missing']],
  ['for a blank', ELECTRICITY, CENTRE, forSupplier('  '), ['on-behalf-missing']],
  ['without a ticket', ELECTRICITY, CENTRE, { onBehalfOf: 'SUP-E' }, ['ticket-missing']],
  [
    'on a ticket that is none',
    ELECTRICITY,
    CENTRE,
    { ...forSupplier('SUP-E'), ticket: '?' },
    ['ticket-missing'],
  ],
  ['for nobody, without a ticket', ELECTRICITY, CENTRE, {}, ['on-behalf-missing', 'ticket-missing']],
  [
    'for the wrong Supplier, without a ticket',
    ELECTRICITY,
    CENTRE,
    { onBehalfOf: 'SUP-N' },
    ['on-behalf-not-responsible', 'ticket-missing'],
  ],
  ['where no Supplier is registered', NOBODY, CENTRE, forSupplier('SUP-E'), ['no-supplier']],
  ['for the losing Supplier', CHANGING, CENTRE, forSupplier('SUP-E'), ['on-behalf-not-responsible'], THEN],
  ['for the gaining Supplier', CHANGING, CENTRE, forSupplier('SUP-N'), 'SUP-N', THEN],
  ['a new flag without a meter point', WITHOUT_METER_POINT, CENTRE, forSupplier('SUP-E'), 'SUP-E'],
  ['a flag without one, for its Supplier', KEPT, CENTRE, forSupplier('SUP-E'), 'SUP-E'],
  ['a flag without one, for another', KEPT, CENTRE, forSupplier('SUP-N'), ['on-behalf-not-responsible']],

  ...[NET, CSP_N, OPS, AUDITOR].map(
    (actor): Line => [actor.role, ELECTRICITY, actor, forSupplier('SUP-E'), ['role-not-allowed']],
  ),
]

for (const [name, about, actor, request, outcome, at = START] of LINES)
  t.test(`${actor.role}: ${name}`, async (t) => {
    const reading = judgeAuthority(actor, request, about, PARTIES, at, START)
    t.same(reading.ok ? reading.supplier : rulesOf(reading), outcome)
  })
