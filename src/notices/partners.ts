/** Which parties are told of things, and how: CSPs of their regions, Suppliers of what is asked of them, owners of schedules. */
import type { Partner } from '../core/notice/notice.ts'
import type { Party } from '../core/restriction/party.ts'
import type { Webhook } from './webhook.ts'

/** Off: notices are made and can be fetched, and nothing is sent. */
export interface Pushing {
  readonly isOn: boolean
  readonly webhooks: readonly Pick<Webhook, 'party'>[]
}

/** A CSP without regions, and parties of other roles that send no requests, are told nothing. */
export function partnersOf(
  parties: readonly Pick<Party, 'id' | 'roles' | 'euis'>[],
  regionsOfCsp: ReadonlyMap<string, readonly string[]>,
  { isOn, webhooks }: Pushing,
): readonly Partner[] {
  return parties.flatMap(({ id, roles, euis }) => {
    const regions = regionsOfCsp.get(id) ?? []
    const isSupplier = roles.includes('supplier')
    if (regions.length === 0 && !isSupplier && euis.length === 0) return []
    const isPushed = isOn && webhooks.some(({ party }) => party === id)
    return [{ party: id, regions, isSupplier, euis, isPushed }]
  })
}
