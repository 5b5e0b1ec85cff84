/**
 * What a process and its descendants have used, from /proc: CPU time, time spent waiting for a core, peak memory. Linux only.
 *
 * Times are those of the scheduler (`/proc/PID/task/TID/schedstat`), in nanoseconds for each thread that there is: the
 * 10 ms steps of `/proc/PID/stat` are some per cent of a short run.
 */
import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  /** User and system time of all threads, in microseconds. */
  readonly cpuMicros: number
  /** How long threads were ready to run and had no core (run-queue wait), in microseconds. */
  readonly waitMicros: CoreWait
  /** Most memory that was resident at a time (VmHWM), in bytes. */
  readonly peakBytes: number
}

export interface CoreWait {
  /** Of the main thread of each process. */
  readonly main: number
  /** Of all threads, those that compile and collect garbage with them. */
  readonly all: number
}

interface ThreadTimes {
  readonly runMicros: number
  readonly waitMicros: number
}

/** The sum over the process and all that descends from it. Throws where the kernel keeps no such times. */
export function usageOf(pid: number): Usage {
  const parts = withDescendants(pid).map(usageOfOne)
  const sum = (of: (usage: Usage) => number) => parts.reduce((total, usage) => total + of(usage), 0)
  return {
    cpuMicros: sum(({ cpuMicros }) => cpuMicros),
    waitMicros: {
      main: sum(({ waitMicros }) => waitMicros.main),
      all: sum(({ waitMicros }) => waitMicros.all),
    },
    peakBytes: sum(({ peakBytes }) => peakBytes),
  }
}

function usageOfOne(pid: number): Usage {
  const byThread = new Map(
    threadsOf(pid).map((thread) => [thread, threadTimes(schedstatOf(pid, thread))] as const),
  )
  const main = byThread.get(String(pid))
  if (!main?.runMicros) throw new Error('this kernel keeps no times of threads (CONFIG_SCHEDSTATS)')
  const sum = (of: (times: ThreadTimes) => number) =>
    [...byThread.values()].reduce((total, times) => total + of(times), 0)
  return {
    cpuMicros: sum(({ runMicros }) => runMicros),
    waitMicros: { main: main.waitMicros, all: sum(({ waitMicros }) => waitMicros) },
    peakBytes: peakBytesOf(pid),
  }
}

/** Text of a schedstat file: nanoseconds on a core, nanoseconds ready without one, slices run (sched-stats.rst). */
export function threadTimes(schedstat: string): ThreadTimes {
  const [run, wait] = schedstat.split(' ').map(Number)
  if (run === undefined || wait === undefined || Number.isNaN(run + wait))
    throw new Error(`these are no times of a thread: ${schedstat}`)
  return { runMicros: run / 1e3, waitMicros: wait / 1e3 }
}

function threadsOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`)
}

function withDescendants(pid: number): number[] {
  const children = threadsOf(pid).flatMap((thread) => {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
    return list.split(' ').filter(Boolean).map(Number)
  })
  return [pid, ...children.flatMap(withDescendants)]
}

function schedstatOf(pid: number, thread: string): string {
  return readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
}

function peakBytesOf(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1] ?? 0) * 1_024
}
