/**
 * Times small pieces of work in one process: each case in batches of about the same duration, batches of all cases in
 * turn, so that whatever else the machine does falls on all of them. What is counted is CPU time of the process, garbage
 * collection included: waiting for a core is not the work's fault.
 */
import { type Spread, spreadOf } from '../support/spread.ts'

export interface Case {
  readonly name: string
  /** Cases of a group are compared with each other. */
  readonly group: string
  /** Does the work so many times; what it returns keeps the work from being optimised away. */
  readonly run: (times: number) => unknown
  /** Pieces of work in one time: messages, look-ups. */
  readonly pieces: number
  /** Bytes in one time, where a rate says more. */
  readonly bytes?: number
}

export interface Timed {
  readonly name: string
  readonly group: string
  /** Nanoseconds of CPU time a piece. */
  readonly nanos: Spread
  /** Gigabytes a second, where the case has bytes. */
  readonly gigabytesPerSecond: number | undefined
}

export interface Pace {
  readonly rounds: number
  /** How long one batch should take. */
  readonly batchMs: number
}

/** Times all cases, in turn, round by round; each is warmed up first. */
export async function timeAll(cases: readonly Case[], { rounds, batchMs }: Pace): Promise<Timed[]> {
  const paced = []
  for (const one of cases) paced.push({ one, times: await timesFor(one, batchMs), nanos: [] as number[] })
  for (let round = 0; round < rounds; round++) {
    for (const { one, times, nanos } of paced) nanos.push((await time(one, times)) / times / one.pieces)
  }
  return paced.map(({ one, nanos }) => timedOf(one, spreadOf(nanos)))
}

function timedOf({ name, group, pieces, bytes }: Case, nanos: Spread): Timed {
  const gigabytesPerSecond = bytes === undefined ? undefined : bytes / (nanos.median * pieces)
  return { name, group, nanos, gigabytesPerSecond }
}

/** How often the work is done in `batchMs`; finding it out warms it up. */
async function timesFor(one: Case, batchMs: number): Promise<number> {
  for (let times = 1; ; times *= 2) {
    const ms = (await time(one, times)) / 1e6
    if (ms >= batchMs) return Math.max(1, Math.round((times * batchMs) / ms))
  }
}

/** Nanoseconds of CPU time. */
async function time({ run }: Case, times: number): Promise<number> {
  const begun = process.cpuUsage()
  await run(times)
  const { user, system } = process.cpuUsage(begun)
  return (user + system) * 1_000
}
