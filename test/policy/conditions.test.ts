// Which use cases of a message speak for a claim: those of its SRV, those that are alerts for an alert, none for any other.
import t from 'tap'
import type { Claim } from '../../src/core/duis/facts.ts'
import { useCasesOf } from '../../src/core/policy/conditions.ts'
import { catalogue } from './messages.ts'

const alerts = catalogue.data.gbcsMessages.filter(
  ({ kinds, deviceTypes }) => kinds.includes('alert') && deviceTypes,
)
const answers = catalogue.data.gbcsMessages.filter(
  ({ srvs, deviceTypes }) => srvs.includes('4.1.1') && deviceTypes,
)
const CLAIMS: readonly (readonly [claim: Claim | undefined, useCases: typeof alerts])[] = [
  [{ type: 'srv', srv: '4.1.1', source: 'header' }, answers],
  [{ type: 'srv', srv: '4.1.2', source: 'header' }, []],
  [{ type: 'alert', code: '8F0A', source: 'alert' }, alerts],
  [{ type: 'dcc-alert', code: 'N24', source: 'alert' }, []],
  [{ type: 'element', name: 'ReadSomething', source: 'body' }, []],
  [undefined, []],
]

t.test('each claim has its own', async (t) => {
  t.ok(alerts.length > 0 && answers.length > 0)
  for (const [claim, useCases] of CLAIMS)
    t.same(useCasesOf(claim, [...alerts, ...answers]), useCases, JSON.stringify(claim))
})
