/**
 * Imports who answers for which meter point since when. Flags follow in the same transaction: a hand-over that has begun
 * is made, and a clear of a Supplier that has lost its time is taken back.
 */
import { withoutLapsedClear } from '../core/restriction/change-of-supplier.ts'
import type { Actor } from '../core/restriction/party.ts'
import { type Refused, refuse, refused } from '../core/restriction/refusal.ts'
import { isOpen, type Registration, type RestrictionRecord } from '../core/restriction/restriction.ts'
import type { RestrictionContext } from './context.ts'
import { readableMpxn } from './gather.ts'
import { passOn } from './hand-over.ts'
import { denialOf } from './permissions.ts'
import { type Doing, inChange, nextVersion, writeAudit, writeFlag, writeRefusal } from './written.ts'

export interface RegistrationsImported {
  readonly ok: true
  readonly imported: number
  /** Flags that have passed to another Supplier. */
  readonly handedOver: number
}

/** Imports a batch in one transaction: all of it or, where a row is wrong, nothing. */
export function importRegistrations(
  context: RestrictionContext,
  actor: Actor,
  rows: readonly Registration[],
): Promise<RegistrationsImported | Refused> {
  return inChange(context, actor, async (doing) => {
    const refusals = [denialOf(actor, 'import-registrations') ?? wrongRows(rows)].flatMap(
      (each) => each ?? [],
    )
    if (refusals.length > 0)
      return writeRefusal(doing, 'import-registrations', 'registrations', refused(refusals))
    const handedOver = await importRows(doing, rows)
    await writeAudit(doing, 'registrations.imported', 'registrations', { count: rows.length })
    return { ok: true, imported: rows.length, handedOver }
  })
}

function wrongRows(rows: readonly Registration[]) {
  const wrong = rows.flatMap((row, index) => (isSound(row) ? [] : [index + 1]))
  if (wrong.length === 0) return undefined
  const named = wrong.slice(0, 20).join(', ')
  return refuse('registration-wrong', {
    text: `${wrong.length} of ${rows.length} registrations have a meter point number that is none, or end before they start: rows ${named}${wrong.length > 20 ? ' …' : ''}.`,
  })
}

function isSound({ mpxn, from, until }: Registration): boolean {
  return readableMpxn(mpxn) === mpxn && (until === undefined || until > from)
}

async function importRows(doing: Doing, rows: readonly Registration[]): Promise<number> {
  const before = await flagsBefore(doing, rows)
  await doing.unit.inventory.putRegistrations(rows)
  let handedOver = 0
  for (const flag of before) if (await followRegistrations(doing, flag)) handedOver++
  return handedOver
}

/** An open flag with the registrations that its meter point had before an import. */
export interface FlagBefore {
  readonly flag: RestrictionRecord & { readonly mpxn: string }
  readonly registrations: readonly Registration[]
}

/** Lets a flag follow the registrations as they are now; answers whether it has passed to another Supplier. */
export async function followRegistrations(
  doing: Doing,
  { flag, registrations }: FlagBefore,
): Promise<boolean> {
  const after = await doing.unit.inventory.registrations(flag.mpxn)
  const kept = withoutLapsedClear(flag, registrations, after, doing.now)
  if (kept) await writeFlag(doing, 'restriction.clear-taken-back', nextVersion(kept))
  return passOn(doing, kept ?? flag, after)
}

/** The open flags of the meter points named, with their registrations as they were. */
async function flagsBefore(
  { unit, now }: Doing,
  rows: readonly Registration[],
): Promise<readonly FlagBefore[]> {
  const found: FlagBefore[] = []
  for (const mpxn of new Set(rows.map((row) => row.mpxn))) {
    const flags = (await unit.restrictions.ofMeterPoint(mpxn)).filter((flag) => isOpen(flag, now))
    if (flags.length === 0) continue
    const registrations = await unit.inventory.registrations(mpxn)
    found.push(...flags.map((flag) => ({ flag: { ...flag, mpxn }, registrations })))
  }
  return found
}
