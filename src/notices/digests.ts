/**
 * Digests: what a partner can hold its own knowledge against. One is worked out from the flags themselves, not from what was
 * told, so that it shows a notice that was never made as well as one that was lost.
 */

import { type Instant, instantOf } from '../core/device/device.ts'
import { isoTime } from '../core/device/iso-time.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { type Digest, DigestMaker } from '../core/notice/digest.ts'
import type { Partner } from '../core/notice/notice.ts'
import type { ControlView, Transactions } from '../store/control-store.ts'
import type { NewNoticeId } from './fan-out.ts'

const PAGE = 1_000

/** The digest over the Devices that are Restricted in the regions at `at`. */
export async function digestIn(view: ControlView, regions: readonly string[], at: Instant): Promise<Digest> {
  const maker = new DigestMaker()
  let after: DeviceKey | undefined
  do {
    const page = await view.restrictions.devicesIn(regions, at, PAGE, after)
    for (const device of page) maker.add(device)
    after = page.length === PAGE ? page.at(-1) : undefined
  } while (after !== undefined)
  return maker.digest()
}

export interface DigestRun {
  readonly store: Transactions
  readonly newId: NewNoticeId
  readonly partners: readonly Partner[]
  /** From one digest to the next. */
  readonly everyMs: number
  readonly now: Instant
}

/** Makes the digests that are due; each goes out when everything that was told before it has. Answers how many. */
export async function makeDigests({ store, newId, partners, everyMs, now }: DigestRun): Promise<number> {
  let made = 0
  for (const { party, regions, isPushed } of partners) {
    if (regions.length === 0 || !isPushed) continue
    const digest = await store.read(async (view) =>
      (await isDue(view, party, everyMs, now)) ? digestIn(view, regions, now) : undefined,
    )
    if (!digest) continue
    const content = { kind: 'digest', ...digest, asOf: isoTime(now) } as const
    const draft = { id: newId(now), party, device: undefined, number: 0, kind: 'digest', content } as const
    await store.change((unit) => unit.notices.add({ ...draft, createdAt: now, state: 'waiting' }))
    made++
  }
  return made
}

/** While there is news that nobody was told of a digest would only confuse. */
async function isDue(view: ControlView, party: string, everyMs: number, now: Instant): Promise<boolean> {
  const last = await view.notices.lastDigestAt(party)
  return now >= instantOf((last ?? 0) + everyMs) && !(await view.outbox.hasEntries(now))
}
