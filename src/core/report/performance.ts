/**
 * Success of Service Requests by SRV and region, with and without exceptions. An exception is traffic of a Restricted
 * Device: its requests are rejected and its answers withheld by the consumer's choice, which says nothing of the network.
 */
import type { Count, Fate } from './fate.ts'

/** Messages of one SRV in one region. */
export interface PerformanceRow {
  readonly srv: string
  /** Empty where the inventory knows none of the Devices. */
  readonly region: string
  /** Every Service Request that came, rejected ones too: what a forecast is compared with. */
  readonly requests: number
  /** Those that the DSP took. */
  readonly sent: number
  /** Those rejected for the flag. */
  readonly rejected: number
  /** Those that did not get as far: put off, not delivered, not understood. */
  readonly notSent: number
  /** Answers that say success. */
  readonly succeeded: number
  /** Answers that say error. */
  readonly failed: number
  /** Answers stopped for the flag. */
  readonly withheld: number
  /** Of `requests`, those for Restricted Devices. */
  readonly exceptions: number
  /** succeeded / (succeeded + failed + rejected + withheld); undefined without any. */
  readonly successRate: number | undefined
  /** The same without the traffic of Restricted Devices. */
  readonly successRateWithoutExceptions: number | undefined
}

type Sums = {
  -readonly [Name in Exclude<keyof PerformanceRow, 'srv' | 'region' | `${string}ate${string}`>]: number
} & {
  rated: Rated
  ratedWithoutExceptions: Rated
}

interface Rated {
  succeeded: number
  all: number
}

/** One row for each SRV and region that had a Service Request or an answer, by SRV and then region. */
export function performanceOf(counts: Iterable<Count>): PerformanceRow[] {
  const sums = new Map<string, { srv: string; region: string; sums: Sums }>()
  for (const count of counts) {
    if (count.kind !== 'request' && count.kind !== 'answer') continue
    const key = `${count.code}\n${count.region}`
    const row = sums.get(key) ?? { srv: count.code, region: count.region, sums: noSums() }
    add(row.sums, count)
    sums.set(key, row)
  }
  return [...sums.values()].map(rowOf).sort(bySrv)
}

function noSums(): Sums {
  return {
    ...{ requests: 0, sent: 0, rejected: 0, notSent: 0, succeeded: 0, failed: 0, withheld: 0, exceptions: 0 },
    rated: { succeeded: 0, all: 0 },
    ratedWithoutExceptions: { succeeded: 0, all: 0 },
  }
}

function add(sums: Sums, { kind, fate, isRestricted, messages }: Count): void {
  if (kind === 'request') {
    sums.requests += messages
    if (isRestricted) sums.exceptions += messages
    sums[REQUEST_COLUMN[fate]] += messages
  }
  const result = RESULT_OF_FATE[fate]
  if (result) sums[result] += messages
  if (!result && fate !== 'rejected') return
  rate(sums.rated, result, messages)
  if (!isRestricted) rate(sums.ratedWithoutExceptions, result, messages)
}

function rate(rated: Rated, result: string | undefined, messages: number): void {
  rated.all += messages
  if (result === 'succeeded') rated.succeeded += messages
}

/** Where a Service Request of a fate is counted. */
const REQUEST_COLUMN: Readonly<Record<Fate, 'sent' | 'rejected' | 'notSent'>> = {
  sent: 'sent',
  done: 'sent',
  'turned-down': 'sent',
  succeeded: 'sent',
  failed: 'sent',
  delivered: 'sent',
  rejected: 'rejected',
  withheld: 'notSent',
  deferred: 'notSent',
  undelivered: 'notSent',
  refused: 'notSent',
}

/** What a fate says of how a Service Request ended; most say nothing of it. */
const RESULT_OF_FATE: Readonly<Partial<Record<Fate, 'succeeded' | 'failed' | 'withheld'>>> = {
  done: 'succeeded',
  succeeded: 'succeeded',
  'turned-down': 'failed',
  failed: 'failed',
  withheld: 'withheld',
}

function rowOf({ srv, region, sums }: { srv: string; region: string; sums: Sums }): PerformanceRow {
  const { rated, ratedWithoutExceptions, ...columns } = sums
  return {
    ...{ srv, region },
    ...columns,
    successRate: share(rated),
    successRateWithoutExceptions: share(ratedWithoutExceptions),
  }
}

function share({ succeeded, all }: Rated): number | undefined {
  return all === 0 ? undefined : succeeded / all
}

function bySrv(one: PerformanceRow, other: PerformanceRow): number {
  return (
    one.srv.localeCompare(other.srv, 'en', { numeric: true }) || one.region.localeCompare(other.region, 'en')
  )
}
