/** The history of a store as its changes tell it, and whether a store still has the one that was followed. */
import type { DeviceChange } from '../store/store.ts'

/** The store is another one, or has lost what was applied. The message says what, for the operator. */
export class HistoryLost extends Error {}

/** Throws HistoryLost unless the page begins with the anchor, or with change 1 without one, and has no gaps. */
export function checkHistory(page: readonly DeviceChange[], anchor: DeviceChange | undefined): void {
  const first = anchor?.sequence ?? 1
  for (const [index, { sequence }] of page.entries())
    if (sequence !== first + index) throw new HistoryLost(`change ${first + index} is missing in the store`)
  if (anchor && !isSameChange(page[0], anchor))
    throw new HistoryLost(`change ${first}, applied before, is not in the store any more`)
}

export function isSameChange(one: DeviceChange | undefined, other: DeviceChange): boolean {
  return one !== undefined && one.key === other.key && one.recordedAt === other.recordedAt
}
