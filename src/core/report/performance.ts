/**
 * Success of Service Requests by SRV and region, with and without exceptions (BR6). An exception is a message of a Restricted
 * Device that the flag can touch: it is rejected or withheld by the consumer's choice, which says nothing of the network. What
 * passes whatever the flag, such as a firmware update, is never one: whether it succeeds is the network's doing.
 */
import type { Count, Fate } from './fate.ts'

/** Messages of one SRV in one region. */
export interface PerformanceRow {
  readonly srv: string
  /** Empty where the inventory knows none of the Devices. */
  readonly region: string
  /** Whether a list that decided in the month can stop messages of this SRV, always or in part. */
  readonly canBeStopped: boolean
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
  /** Of `requests`, those for Restricted Devices that the flag can touch. */
  readonly exceptions: number
  /** succeeded / (succeeded + failed + rejected + withheld); undefined without any. */
  readonly successRate: number | undefined
  /** The same without exceptions. */
  readonly successRateWithoutExceptions: number | undefined
}

/** Success over all regions and SRVs of one kind. */
export interface Measure
  extends Pick<PerformanceRow, 'requests' | 'exceptions' | 'successRate' | 'successRateWithoutExceptions'> {}

/** BR6's measure, and beside it the same of all Service Requests. */
export interface Measures {
  /** Of the SRVs that a list can stop: the Service Requests for consumption. */
  readonly stoppable: Measure
  readonly all: Measure
}

/** Whether the flag can touch messages of an SRV. */
type CanBeStopped = (srv: string) => boolean

type Sums = {
  -readonly [Name in Exclude<
    keyof PerformanceRow,
    'srv' | 'region' | 'canBeStopped' | `${string}ate${string}`
  >]: number
} & {
  rated: Rated
  ratedWithoutExceptions: Rated
}

interface Rated {
  succeeded: number
  all: number
}

/** One row for each SRV and region that had a Service Request or an answer, by SRV and then region. */
export function performanceOf(counts: Iterable<Count>, canBeStopped: CanBeStopped): PerformanceRow[] {
  const sums = new Map<string, { srv: string; region: string; sums: Sums }>()
  for (const count of counts) {
    if (!isOfService(count)) continue
    const key = `${count.code}\n${count.region}`
    const row = sums.get(key) ?? { srv: count.code, region: count.region, sums: noSums() }
    add(row.sums, count, canBeStopped)
    sums.set(key, row)
  }
  return [...sums.values()].map((row) => rowOf(row, canBeStopped(row.srv))).sort(bySrv)
}

export function measuresOf(counts: Iterable<Count>, canBeStopped: CanBeStopped): Measures {
  const [stoppable, all] = [noSums(), noSums()]
  for (const count of counts) {
    if (!isOfService(count)) continue
    add(all, count, canBeStopped)
    if (canBeStopped(count.code)) add(stoppable, count, canBeStopped)
  }
  return { stoppable: measureOf(stoppable), all: measureOf(all) }
}

function isOfService({ kind }: Count): boolean {
  return kind === 'request' || kind === 'answer'
}

/** What was stopped was touched, whatever SRV it named first. */
function isException({ isRestricted, code, fate }: Count, canBeStopped: CanBeStopped): boolean {
  return isRestricted && (canBeStopped(code) || fate === 'rejected' || fate === 'withheld')
}

function noSums(): Sums {
  return {
    ...{ requests: 0, sent: 0, rejected: 0, notSent: 0, succeeded: 0, failed: 0, withheld: 0, exceptions: 0 },
    rated: { succeeded: 0, all: 0 },
    ratedWithoutExceptions: { succeeded: 0, all: 0 },
  }
}

function add(sums: Sums, count: Count, canBeStopped: CanBeStopped): void {
  const { kind, fate, messages } = count
  const isLeftOut = isException(count, canBeStopped)
  if (kind === 'request') {
    sums.requests += messages
    if (isLeftOut) sums.exceptions += messages
    sums[REQUEST_COLUMN[fate]] += messages
  }
  const result = RESULT_OF_FATE[fate]
  if (result) sums[result] += messages
  if (!result && fate !== 'rejected') return
  rate(sums.rated, result, messages)
  if (!isLeftOut) rate(sums.ratedWithoutExceptions, result, messages)
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

function rowOf(
  { srv, region, sums }: { srv: string; region: string; sums: Sums },
  canBeStopped: boolean,
): PerformanceRow {
  const { rated, ratedWithoutExceptions, ...columns } = sums
  return { ...{ srv, region, canBeStopped }, ...columns, ...ratesOf(sums) }
}

function measureOf(sums: Sums): Measure {
  const { requests, exceptions } = sums
  return { requests, exceptions, ...ratesOf(sums) }
}

function ratesOf({ rated, ratedWithoutExceptions }: Sums) {
  return { successRate: share(rated), successRateWithoutExceptions: share(ratedWithoutExceptions) }
}

function share({ succeeded, all }: Rated): number | undefined {
  return all === 0 ? undefined : succeeded / all
}

function bySrv(one: PerformanceRow, other: PerformanceRow): number {
  return (
    one.srv.localeCompare(other.srv, 'en', { numeric: true }) || one.region.localeCompare(other.region, 'en')
  )
}
