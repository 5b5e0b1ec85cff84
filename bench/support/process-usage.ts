/** What a process and its descendants have used, from /proc: CPU time and peak memory. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

export interface Usage {
  /** User and system time, in microseconds; the kernel counts in steps of 10 ms. */
  readonly cpuMicros: number
  /** Most memory that was resident at a time (VmHWM), in bytes. */
  readonly peakBytes: number
}

/** USER_HZ: the unit of /proc/PID/stat on every Linux that Node runs on. */
const MICROS_PER_TICK = 10_000
/** Places of utime and stime after the command's name, which may hold spaces (proc(5)). */
const UTIME = 11
const STIME = 12

/** The sum over the process and all that descends from it. */
export function usageOf(pid: number): Usage {
  const pids = withDescendants(pid)
  return {
    cpuMicros: pids.reduce((sum, one) => sum + cpuMicrosOf(one), 0),
    peakBytes: pids.reduce((sum, one) => sum + peakBytesOf(one), 0),
  }
}

function withDescendants(pid: number): number[] {
  const threads = readdirSync(`/proc/${pid}/task`)
  const children = threads.flatMap((thread) => {
    const list = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
    return list.split(' ').filter(Boolean).map(Number)
  })
  return [pid, ...children.flatMap(withDescendants)]
}

function cpuMicrosOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[UTIME]) + Number(fields[STIME])) * MICROS_PER_TICK
}

function peakBytesOf(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(found?.[1] ?? 0) * 1_024
}
