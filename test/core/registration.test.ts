/** Who the next Supplier of a meter point is: the first other party that is registered for later. */
import t from 'tap'
import { instantOf } from '../../src/core/device/device.ts'
import { nextSupplier } from '../../src/core/restriction/registration.ts'
import type { Registration } from '../../src/core/restriction/restriction.ts'

function registered(party: string, from: number, role: Registration['role'] = 'supplier'): Registration {
  return { mpxn: '1200012345679', party, role, from: instantOf(from), until: undefined }
}

const NOW = instantOf(100)

t.test('the next Supplier is another party, and the first of those', async (t) => {
  const renewed = registered('SUP-A', 110)
  const later = registered('SUP-C', 130)
  const next = registered('SUP-B', 120)
  t.equal(nextSupplier([registered('SUP-A', 10), renewed, later, next], NOW), next)
  t.equal(nextSupplier([registered('SUP-A', 10), renewed], NOW), undefined, 'who stays is no successor')
  t.equal(nextSupplier([registered('SUP-A', 10), registered('SUP-B', 100)], NOW), undefined, 'it has begun')
  t.equal(nextSupplier([registered('SUP-A', 10), registered('NET', 120, 'network-operator')], NOW), undefined)
})
