/**
 * Which worker process of a gateway this is, and what it calls its own in the store and on disk. Every worker follows the
 * store, reports and writes by itself, so nothing of that may have the same name twice.
 *
 * The first worker has the names that a gateway without workers has. So going from one process to several and back leaves
 * no file behind that nobody reads.
 */
import { ConfigurationFault } from '../../config/configuration-fault.ts'

/** `number` counts from 1. */
export interface Seat {
  readonly number: number
  readonly of: number
}

/** A gateway that is one process. */
export const ONLY_SEAT: Seat = { number: 1, of: 1 }

/** `2/4`, as the primary gives it to a worker. */
export function seatText({ number, of }: Seat): string {
  return `${number}/${of}`
}

/** A seat from its text; anything else is a ConfigurationFault. */
export function parseSeat(text: string): Seat {
  const [, number, of] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? []
  const seat = { number: Number(number), of: Number(of) }
  if (seat.number >= 1 && seat.number <= seat.of) return seat
  throw new ConfigurationFault(`"${text}" is not a worker of a gateway; duisgate starts its workers itself`)
}

/** The name under which the store knows the worker: `gateway-a/2`. The gateway's own when it is one process. */
export function nameInStore(gateway: string, seat: Seat): string {
  return seat.of === 1 ? gateway : `${gateway}/${seat.number}`
}

/** The name of the worker's own file or folder: `events`, `events-2`. */
export function nameOnDisk(name: string, { number }: Seat): string {
  return number === 1 ? name : `${name}-${number}`
}

/** The names, among those in a folder, that belonged to workers which this gateway does not have any more. */
export function namesOfFormerWorkers(name: string, found: readonly string[], { of }: Seat): string[] {
  return found.filter((one) => {
    const number = one.startsWith(`${name}-`) ? one.slice(name.length + 1) : ''
    return /^[1-9]\d{0,2}$/.test(number) && Number(number) > of
  })
}
