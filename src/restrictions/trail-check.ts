/**
 * Whether the audit trail is whole: every row is a link of the chain, and the chain agrees with the signed checkpoints that are
 * kept outside the store. The command line and the page ask the same.
 */
import {
  type BrokenChain,
  ChainCheck,
  type ChainEnd,
  type Checkpoint,
} from '../core/restriction/audit-chain.ts'
import type { Transactions } from '../store/control-store.ts'

/**
 * Why no checkpoint can be held against the trail. `malformed`: a line of the file is none. `forged`: the key did not sign one.
 * `no-key`: there are checkpoints and no key. `wrong-key`: the file of the key holds something else. `unreadable`: this process
 * may not read them.
 */
export interface CheckpointFault {
  readonly problem: 'malformed' | 'forged' | 'no-key' | 'wrong-key' | 'unreadable'
  /** Line of the file of checkpoints, from 1; absent where it is about no line. */
  readonly line?: number
}

/** Every checkpoint that was ever signed, oldest first. */
export type GenuineCheckpoints =
  | { readonly ok: true; readonly checkpoints: readonly Checkpoint[] }
  | { readonly ok: false; readonly fault: CheckpointFault }

/** What a check found. `unchecked`: the trail was not looked at, since its checkpoints cannot be. */
export type TrailCheck =
  | { readonly kind: 'whole'; readonly end: ChainEnd; readonly checkpoints: readonly Checkpoint[] }
  | { readonly kind: 'broken'; readonly broken: BrokenChain; readonly checkpoints: readonly Checkpoint[] }
  | { readonly kind: 'unchecked'; readonly fault: CheckpointFault }

/** Checks the whole trail against itself and against every checkpoint. Throws what the store throws. */
export async function checkTrail(
  store: Pick<Transactions, 'read'>,
  readCheckpoints: () => Promise<GenuineCheckpoints>,
): Promise<TrailCheck> {
  const read = await readCheckpoints()
  if (!read.ok) return { kind: 'unchecked', fault: read.fault }
  const { checkpoints } = read
  const found = await verifyTrail(store, checkpoints)
  return 'fault' in found
    ? { kind: 'broken', broken: found, checkpoints }
    : { kind: 'whole', end: found, checkpoints }
}

const PAGE = 1_000

/** `vouched`: genuine checkpoints. What is appended meanwhile is checked too, and belongs to no vouched end. */
export async function verifyTrail(
  store: Pick<Transactions, 'read'>,
  vouched: readonly ChainEnd[],
): Promise<BrokenChain | ChainEnd> {
  const end = await store.read((view) => view.audit.end())
  const check = new ChainCheck([...vouched, end])
  for (let next = 1; ; next += PAGE) {
    const { entries, noted, rows } = await store.read(async ({ audit }) => ({
      entries: await audit.from(next, PAGE),
      noted: await audit.end(),
      rows: await audit.count(),
    }))
    for (const entry of entries) check.add(entry)
    if (entries.length < PAGE) return check.result(noted, rows)
  }
}
