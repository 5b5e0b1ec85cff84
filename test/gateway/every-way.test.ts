/** One rule on every way in: each rule of the gate on each of the four ways, over real sockets. */
import t from 'tap'
import { GATEWAY_FAULTS } from '../../src/gateway/faults.ts'
import type { Cell, Rule } from './ways/rule-parts.ts'
import { RULES } from './ways/rules.ts'
import { type Arrival, plainWire, startWays, WAYS, type Way, type Ways } from './ways/wire.ts'

t.test('every rule comes out on every way as the table says', async (t) => {
  const ordinary = await startWays(t)
  let cells = 0
  for (const [what, rule] of Object.entries(RULES)) {
    const ways = rule.limits ? await startWays(t, rule.limits) : ordinary
    for (const way of WAYS) {
      const cell = rule.cells[way]
      if (cell.kind === 'does not apply') continue
      cells++
      t.same(await comesOut(ways, way, rule), expected(way, rule, cell), `${what}: ${way}`)
    }
  }
  t.comment(`figure: ${cells} cells of ${Object.keys(RULES).length} rules on ${WAYS.length} ways`)
})

/** What came of it, in the words of the table. */
async function comesOut({ send }: Ways, way: Way, rule: Rule) {
  const { travelled, ...answered } = await send(way, rule.change(plainWire(way)))
  return { ...answered, body: travelled?.body, fields: travelled && judged(travelled.head, rule) }
}

function judged(head: string, { carried = [], staysBehind }: Rule) {
  return {
    missing: carried.filter((line) => !line.test(head)).map(String),
    travelling: staysBehind?.exec(head)?.[0],
  }
}

function expected(way: Way, rule: Rule, cell: Exclude<Cell, { kind: 'does not apply' }>) {
  const nothing = { body: undefined, fields: undefined }
  switch (cell.kind) {
    case 'gone':
      return { status: undefined, code: undefined, ...nothing } satisfies ExpectedArrival
    case 'refused':
      return { status: cell.status, code: cell.code, ...nothing } satisfies ExpectedArrival
    case 'passes': {
      const plain = plainWire(way)
      const status = cell.status ?? (plain.start.startsWith('POST') ? 204 : 200)
      const body = rule.body?.(plain) ?? rule.change(plain).body
      return { status, code: undefined, body, fields: { missing: [], travelling: undefined } }
    }
  }
}

type ExpectedArrival = Omit<Arrival, 'travelled'> & { body: undefined; fields: undefined }

/** Faults that come of what stands on the wire; the rest come of what the gateway holds, knows or decides. */
const OF_THE_WIRE = /^GW_(?:HTTP_|TOO_|REPLY_|PEER_(?:MALFORMED|RESET|TIMEOUT)$)/

t.test('every fault that comes of what stands on the wire has a rule', async (t) => {
  const answered = new Set(
    Object.values(RULES).flatMap(({ cells }) =>
      Object.values(cells).map((cell) => (cell.kind === 'refused' ? cell.code : undefined)),
    ),
  )
  t.same(
    Object.keys(GATEWAY_FAULTS).filter((code) => OF_THE_WIRE.test(code) && !answered.has(code)),
    [],
  )
})

t.test('every way is refused something, passed something, and each exception has its reason', async (t) => {
  for (const way of WAYS) {
    const kinds = new Set(Object.values(RULES).map(({ cells }) => cells[way].kind))
    t.ok(kinds.has('passes') && kinds.has('refused'), way)
  }
  for (const [what, { cells }] of Object.entries(RULES)) {
    t.same(Object.keys(cells).sort(), [...WAYS].sort(), what)
    for (const cell of Object.values(cells))
      if (cell.kind === 'does not apply') t.ok(cell.why.length > 10, what)
  }
})
