// A Device that the inventory does not know: an alarm when a row that may stop asks for it, and what unlistedDevice says.
import t from 'tap'
import type { FlagReading } from '../../src/core/device/device.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { decide } from '../../src/core/policy/decide.ts'
import { clear, ESME, GPF, NOON, request, response, restricted, shipped, srv, unknown } from './messages.ts'

const table = await shipped('recommended')
const deferring = { ...table, defersUnlisted: true }
const unlisted: FlagReading = { ...clear(), state: 'clear', isUnlisted: true } as FlagReading

function on(facts: MessageFacts, flags: readonly FlagReading[], by = table) {
  const verdict = decide(by, facts, flags, NOON)
  if (verdict.kind === 'refuse') throw new Error('decide refuses nothing')
  const { kind, rule, alarms, reason } = verdict
  return { kind, rule, alarms, reason }
}

t.test('shipped: it goes on with the alarm', async (t) => {
  t.equal(table.defersUnlisted, false)
  for (const facts of [request([srv('4.8.1')]), response([srv('4.8.1')])])
    t.match(on(facts, [unlisted]), { kind: 'forward', rule: 'read-profiles', alarms: ['unlisted-device'] })
})

t.test('with defer it waits, and says why', async (t) => {
  t.match(on(request([srv('4.8.1')]), [unlisted], deferring), {
    ...{ kind: 'defer', rule: 'read-profiles', alarms: ['unlisted-device'] },
    reason: /waits: the inventory does not know Device .*, and unlistedDevice says so/,
  })
  const two = request([srv('4.8.1')], { devices: [ESME, GPF] })
  t.match(on(two, [clear(), unlisted], deferring), { kind: 'defer' })
  t.match(
    on(two, [restricted(), unlisted], deferring),
    { kind: 'reject' },
    'a Restricted Device outweighs it',
  )
})

t.test('a row that only passes asks nobody, whatever the table says', async (t) => {
  for (const code of ['2.2', '7.1', '11.2'])
    t.match(on(request([srv(code)]), [], deferring), { kind: 'forward', alarms: [] })
})

t.test('one with a flag, one that is listed and one of which nothing is known raise nothing', async (t) => {
  const flagged = { ...restricted(), isUnlisted: true } as FlagReading
  t.match(on(request([srv('4.8.1')]), [flagged]), { kind: 'reject', alarms: [] })
  t.match(on(request([srv('4.8.1')]), [clear()]), { kind: 'forward', alarms: [] })
  t.match(on(request([srv('4.8.1')]), [unknown]), { kind: 'defer', alarms: [] })
})

t.test(
  'the parties of a message are no Devices, though a GBCS header names them where it names Devices',
  async (t) => {
    const party = GPF
    const gbcs = { messageCode: '0027', cra: 'response', device: ESME, party } as const
    for (const by of [table, deferring]) {
      const facts = response([srv('4.8.1')], { devices: [ESME, party], gbcs })
      t.match(on(facts, [clear(), unlisted], by), { kind: 'forward', alarms: [] })
      t.match(on({ ...facts, gbcs: undefined, user: party }, [clear(), unlisted], by), {
        kind: 'forward',
        alarms: [],
      })
    }
  },
)
