/** The clock as a port, so that leases and effective times can be tested without waiting. */
import { performance } from 'node:perf_hooks'
import { type Instant, instantOf } from '../core/device/device.ts'

export interface Clock {
  /** Wall clock: effective times, journal, audit. */
  now(): Instant
  /** Milliseconds that never jump: leases, time-outs, durations. */
  monotonicMs(): number
}

export const systemClock: Clock = {
  now: () => instantOf(Date.now()),
  monotonicMs: () => performance.now(),
}
