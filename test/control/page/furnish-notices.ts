/** Notices of the flags that are set, one of them given up. */
import { FanOut } from '../../../src/notices/fan-out.ts'
import { randomNoticeId } from '../../../src/notices/notifier.ts'
import { createLog } from '../../../src/observe/log.ts'
import type { Household } from './household.ts'

/** Makes what the outbox holds into notices to the CSP of the household; answers the ID of the one that was given up. */
export async function furnishNotices({ store, pass }: Household): Promise<string> {
  const now = pass(0)
  const fanOut = new FanOut({
    ...{ store, clock: { now: () => now }, newId: randomNoticeId, log: createLog({ level: 'silent' }) },
    partners: [{ party: 'CSP-N', regions: ['North'], isSupplier: false, euis: [], isPushed: true }],
    table: () => ({ rows: [] }),
  })
  await fanOut.followPartners()
  await fanOut.run()
  const [first] = await store.read((view) => view.notices.due('CSP-N', now, 1))
  const id = first?.id ?? ''
  const problem = 'answered with status 400'
  await store.change((unit) =>
    unit.notices.recordAttempts([{ id, state: 'dead', isRefusal: true, nextAt: now, problem, at: now }]),
  )
  return id
}
