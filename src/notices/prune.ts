/** Forgets notices that have grown old; what partners were told last stays, so nobody is told anything twice for it. */
import type { Instant } from '../core/device/device.ts'
import type { ControlStore } from '../store/control-store.ts'

const BATCH = 1_000

/**
 * Deletes notices that were delivered, given up or put out for fetching before `before`, in small transactions; answers how
 * many. One that waits is never deleted.
 */
export async function pruneNotices(store: Pick<ControlStore, 'change'>, before: Instant): Promise<number> {
  let pruned = 0
  for (;;) {
    const gone = await store.change((unit) => unit.pruneNotices(before, BATCH))
    pruned += gone
    if (gone < BATCH) return pruned
  }
}
