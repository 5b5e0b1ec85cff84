/** Messages decided on again from their journal record: what the record and the inventory leave open is told. */
import t from 'tap'
import type { DeviceType } from '../../src/core/device/device.ts'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import type { JournalLine } from '../../src/core/journal/journal-line.ts'
import { decideAgain, factsOfLine } from '../../src/core/policy/journalled-message.ts'
import type { Table } from '../../src/core/policy/table.ts'
import { changed, recommended } from './deciding.ts'
import { ESME, GPF } from './messages.ts'

const request = (code: string, more: Partial<JournalLine> = {}): JournalLine => ({
  ...{ decision: 'd', time: '2027-01-10T12:00:00.000Z', direction: 'southbound', part: 'message' },
  ...{ kind: 'service-request', codes: [code], devices: [formatEui64(ESME)], deviceCount: 1 },
  ...{ verdict: 'reject', outcome: 'rejected', flag: 'restricted', flagDevice: formatEui64(ESME) },
  ...more,
})

const response = (code: string, more: Partial<JournalLine> = {}): JournalLine =>
  request(code, {
    ...{ direction: 'northbound', kind: 'service-response', requestId: 'R-1', hasData: true },
    ...{ verdict: 'withhold', outcome: 'withheld' },
    ...more,
  })

interface Known {
  readonly type?: DeviceType | undefined
  readonly table?: Table
  readonly wasRestricted?: boolean
}

function again(line: JournalLine, { type, table = recommended, wasRestricted = true }: Known = {}) {
  const facts = factsOfLine(line)
  if (!facts) throw new Error('the line has no facts')
  const gpf = formatEui64(GPF)
  const typeOf = (device: string): DeviceType | undefined => (device === gpf ? 'GPF' : type)
  return decideAgain(table, line, facts, { typeOf, wasRestricted: () => wasRestricted })
}

t.test('a row that asks for the type of a Device leaves it open while the inventory does not say', (t) => {
  t.match(again(request('4.10')), { kind: 'reject', isUndecidable: true })
  t.match(again(request('4.10'), { type: 'GSME' }), { kind: 'reject', isUndecidable: false })
  t.match(again(request('4.10'), { type: 'ESME' }), { kind: 'forward', isUndecidable: false })
  const withAnother = request('4.10', { devices: [formatEui64(GPF), formatEui64(ESME)], deviceCount: 2 })
  t.match(again(withAnother), { isUndecidable: true }, 'one Device of unknown type is enough')
  t.match(again(request('4.8.1')), { kind: 'reject', isUndecidable: false }, 'a row that does not ask')
  t.end()
})

t.test('a row that asks for what the record does not have leaves it open', (t) => {
  t.match(again(request('1.6'), { type: 'ESME' }), { kind: 'reject', isUndecidable: true })
  t.match(again(request('1.6', { paymentMode: 'credit' })), { kind: 'forward', isUndecidable: false })
  t.match(again(request('1.6', { paymentMode: 'prepayment' })), { kind: 'reject', isUndecidable: false })
  t.match(again(request('6.13'), { type: 'ESME' }), { isUndecidable: true })
  t.match(again(request('6.13', { logsToRead: ['Event'] }), { type: 'ESME' }), {
    kind: 'reject',
    isUndecidable: false,
  })
  t.end()
})

t.test('whether an answer was under way is open where the table delivers such, and nobody noted it', (t) => {
  const delivering: Table = { ...recommended, deliverInFlightMs: 3_600_000 }
  t.match(again(response('4.8.1'), { table: delivering }), { kind: 'withhold', isUndecidable: true })
  t.match(again(response('4.8.1')), { kind: 'withhold', isUndecidable: false })
  const noted = response('4.8.1', { verdict: 'forward', outcome: 'forwarded', inFlight: true })
  t.match(again(noted, { table: delivering }), { isUndecidable: false })
  t.end()
})

t.test('what was not decided on has no facts', (t) => {
  t.equal(factsOfLine(request('4.8.1', { kind: 'unreadable' })), undefined)
  t.equal(factsOfLine(request('4.8.1', { verdict: undefined })), undefined)
  t.end()
})

t.test('a Device was Restricted only where the record says so of it', (t) => {
  t.match(again(request('4.8.1')), { kind: 'reject' })
  t.match(again(request('4.8.1', { flagDevice: formatEui64(GPF) })), { kind: 'forward' }, 'of another')
  const unlisted = request('4.8.1', { verdict: 'defer', outcome: 'deferred', flag: 'clear' })
  t.match(again(unlisted), { kind: 'forward' }, 'one that the inventory did not have, and was clear')
  t.end()
})

t.test('where the gateway did not ask, or had no fresh answer, the history of the flag counts', (t) => {
  const table = changed('read-profiles', { onStale: 'as-known' })
  for (const flag of ['not-needed', 'stale'] as const) {
    const line = request('4.8.1', { verdict: 'forward', outcome: 'forwarded', flag, flagDevice: undefined })
    t.match(again(line, { table }), { kind: 'reject' }, flag)
    t.match(again(line, { table, wasRestricted: false }), { kind: 'forward' }, `${flag}, and clear`)
  }
  t.end()
})
