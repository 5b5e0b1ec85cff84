/** The change sequence as the delta feed and the gateways read it. */

import type { Change, ChangeRecords } from '../control-store.ts'
import type { DeviceChange } from '../store.ts'
import { computed, key, number, optional, optionalTimeOf, record, text, time } from './columns.ts'
import { SqlGroup } from './group.ts'
import { SqlTable } from './sql-table.ts'

/** When the change of the row's `sequence` was in force everywhere: the first confirmation that covers it. */
export const inForceAt = computed(
  'in_force_ms',
  '(SELECT at_ms FROM confirmations WHERE through >= sequence ORDER BY through LIMIT 1)',
  optionalTimeOf,
)

/** For the data plane: the number of the last change. */
export const POSITION = 'SELECT sequence FROM head WHERE id = 1'

/** For the data plane: changes after a number, at most so many. */
export const CHANGED_SINCE = `
  SELECT sequence, device_key, recorded_ms FROM changes WHERE sequence > ? ORDER BY sequence LIMIT ?`

/** A row of CHANGED_SINCE. */
export const DEVICE_CHANGE = record<DeviceChange>({
  sequence: number('sequence'),
  key: optional(key('device_key')),
  recordedAt: time('recorded_ms'),
})

const CHANGES = new SqlTable(
  'changes',
  'sequence',
  record<Change>({
    sequence: number('sequence'),
    device: optional(key('device_key')),
    restriction: optional(text('restriction_id')),
    at: time('recorded_ms'),
    inForceAt,
  }),
)

export class SqlChanges extends SqlGroup implements ChangeRecords {
  after(sequence: number, limit: number) {
    return CHANGES.all(this.session, 'WHERE sequence > ? ORDER BY sequence LIMIT ?', sequence, limit)
  }
}
