/**
 * DCC schedules (DUIS SRV 5.1): reads that the DSP runs by itself until its owner deletes the schedule (5.3). While the flag of
 * its Device is set their answers are destroyed; a schedule is its owner's to delete, so it is listed and its owner is told.
 */
import type { DeviceType, Instant } from '../device/device.ts'
import { type DeviceKey, formatEui64 } from '../duis/eui64.ts'
import { stopsType, type Truth } from '../policy/conditions.ts'
import type { Table, TableRow } from '../policy/table.ts'

/** A schedule that the DSP has confirmed, as far as traffic has shown it. */
export interface Schedule {
  /** The number that the DSP gave it, without leading zeros. */
  readonly id: string
  readonly device: DeviceKey
  /** The Service User that asked for it. */
  readonly owner: DeviceKey
  /** The SRVs that it runs, as its request names them; empty when it names none. */
  readonly srvs: readonly string[]
  readonly createdAt: Instant
  /** When it ends or has ended: by its own date, deleted, or with its Device. */
  readonly until: Instant | undefined
}

/** A schedule of a Restricted Device whose answers are destroyed. */
export interface DarkSchedule extends Schedule {
  /** The party that owns it; undefined when no party has that EUI. */
  readonly party: string | undefined
}

/**
 * Whether the table stops what the schedule delivers while its Device is Restricted. An SRV that the table does not name, and a
 * schedule of which nobody knows what it reads, count as stopped: that is how an answer to it is decided on.
 */
export function goesDark(
  { rows }: Pick<Table, 'rows'>,
  { srvs }: Pick<Schedule, 'srvs'>,
  type: DeviceType | undefined,
): boolean {
  const isStopped = (srv: string) => {
    const row = rows.find((each) => each.srv.includes(srv))
    return row === undefined || stopsAnswers(row, type)
  }
  return srvs.length === 0 || srvs.some(isStopped)
}

/** `Schedule 123 of SUP-A, which reads 4.8.1, goes dark.` */
export function scheduleWords({ id, party, owner, srvs }: DarkSchedule): string {
  const reads = srvs.length === 0 ? '' : `, which reads ${srvs.join(' and ')},`
  return `Schedule ${id} of ${party ?? formatEui64(owner)}${reads} goes dark.`
}

/** Of an answer nothing is known of what only a request says, so that counts as the stricter side. */
function stopsAnswers(row: TableRow, type: DeviceType | undefined): boolean {
  const { direction, commandVariant, paymentMode, logToRead } = row.when
  const isForOthers = direction === 'southbound'
  const isOpen = (commandVariant ?? paymentMode ?? logToRead) !== undefined
  const message: Truth = isForOthers ? 'unmet' : isOpen ? 'open' : 'met'
  return row.mode === 'enforce' && stopsType({ rule: row, truth: message, useCases: [] }, type)
}
