// Who is told of things: CSPs of their regions, Suppliers of what is asked of them, owners of schedules.
import t from 'tap'
import { partnersOf } from '../../src/notices/partners.ts'
import { EUI_OF_NEXT } from '../restriction/scene.ts'

const party = (id: string, role: 'supplier' | 'csp' | 'auditor', euis: (typeof EUI_OF_NEXT)[] = []) => ({
  ...{ id, roles: [role], euis },
})

t.test(
  'a party is told when it has a region, is a Supplier or sends requests; pushed when it has a webhook',
  (t) => {
    const parties = [
      party('CSP-N', 'csp'),
      party('CSP-X', 'csp'),
      party('SUP', 'supplier'),
      party('SENDS', 'auditor', [EUI_OF_NEXT]),
      party('AUD', 'auditor'),
    ]
    const regions = new Map([['CSP-N', ['North']]])
    const webhooks = [{ party: 'SUP', url: new URL('https://supplier.example'), secrets: [] }]
    const partners = partnersOf(parties, regions, { isOn: true, webhooks })
    t.same(
      partners.map(({ party: id, isSupplier, isPushed }) => [id, isSupplier, isPushed]),
      [
        ['CSP-N', false, false],
        ['SUP', true, true],
        ['SENDS', false, false],
      ],
    )
    t.notOk(partnersOf(parties, regions, { isOn: false, webhooks }).some(({ isPushed }) => isPushed))
    t.end()
  },
)
