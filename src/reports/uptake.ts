/** Uptake of a month, from the flags as the store has them. Flags that operations set straight on Devices are not in it. */
import type { Instant } from '../core/device/device.ts'
import { formatEui64 } from '../core/duis/eui64.ts'
import { type DeviceFacts, placementAt } from '../core/report/placement.ts'
import type { Month } from '../core/report/span.ts'
import { type CountedFlag, type UptakeRow, UptakeSums } from '../core/report/uptake.ts'
import { supplierAt } from '../core/restriction/registration.ts'
import type { Registration } from '../core/restriction/restriction.ts'
import type { FlagLife, ReportStore } from '../store/report-store.ts'
import { includes, type Scope } from './scope.ts'

const FLAGS_AT_ONCE = 1_000

/** Rows by Supplier and region. `asOf`: a month that has not ended is told up to then. */
export async function uptake(
  store: ReportStore,
  month: Month,
  asOf: Instant,
  scope: Scope,
): Promise<UptakeRow[]> {
  const [rows = []] = await uptakeByMonth(store, [month], asOf, scope)
  return rows
}

/** The same of several months, for each its rows, in one pass over the flags. */
export async function uptakeByMonth(
  store: ReportStore,
  months: readonly Month[],
  asOf: Instant,
  scope: Scope,
): Promise<UptakeRow[][]> {
  const sums = months.map((month) => new UptakeSums(month, asOf < month.until ? asOf : month.until))
  let after: string | undefined
  for (;;) {
    const flags = await store.flagLives(FLAGS_AT_ONCE, after)
    for (const flag of await counted(store, flags)) for (const each of sums) each.add(flag)
    after = flags.at(-1)?.id
    if (flags.length < FLAGS_AT_ONCE)
      return sums.map((each) => each.rows().filter((row) => includes(scope, row)))
  }
}

async function counted(store: ReportStore, flags: readonly FlagLife[]): Promise<CountedFlag[]> {
  const meters = new Map(flags.map(({ meter }) => [formatEui64(meter), meter]))
  const facts = new Map((await store.facts([...meters.values()])).map((each) => [each.key, each]))
  const mpxns = new Set(flags.flatMap(({ mpxn }) => mpxn ?? []))
  const registrations = Map.groupBy(await store.registrations([...mpxns]), ({ mpxn }) => mpxn)
  return flags.map((flag) =>
    countedFlag(flag, facts.get(flag.meter), registrations.get(flag.mpxn ?? '') ?? []),
  )
}

/** Where nobody is registered, whoever the flag was set for. */
function countedFlag(
  flag: FlagLife,
  facts: DeviceFacts | undefined,
  registrations: readonly Registration[],
): CountedFlag {
  const { from, until, isClosed, clearReason, keeper } = flag
  const at = (instant: Instant) => ({
    supplier: supplierAt(registrations, instant) ?? keeper,
    region: (facts && placementAt(facts, instant).region) ?? '',
  })
  return { from, until, isClosed, clearReason, at }
}
