/** What a load run found, as `--json` and `--out` give it. Fields are only added; docs/load.md explains each. */
import type { Direction } from '../../core/duis/facts.ts'
import type { Observed } from './outcome.ts'
import type { Stage } from './stages.ts'

/** Milliseconds, from an HDR histogram that is exact to three digits. */
export interface LatencyMs {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly p99_9: number
  readonly p99_99: number
  readonly max: number
}

/** Messages that came to the same. */
export interface OutcomeCount {
  readonly direction: Direction
  readonly expected: string
  readonly verdict: Observed
  /** Status, with the code that goes with it. */
  readonly answer: string
  readonly messages: number
}

/** A message whose verdict was another than expected. */
export interface WrongMessage {
  readonly message: string
  readonly direction: Direction
  readonly expected: string
  readonly verdict: Observed
  readonly answer: string
  /** The ID of the gateway's decision; null where the reply has none. */
  readonly decision: string | null
}

/** One second of a run; what is not known is null. */
export interface Sample {
  /** The end of it, in seconds from the start. */
  readonly at: number
  /** Messages that were due. */
  readonly asked: number | null
  readonly sent: number
  readonly answered: number
  readonly lost: number
  readonly wrong: number
  readonly p50: number | null
  readonly p99: number | null
  readonly max: number | null
  readonly verdicts: Readonly<Partial<Record<Observed, number>>>
  /** Seconds of CPU time a second that the gateway used. */
  readonly cpu: number | null
  readonly memoryBytes: number | null
}

/** A threshold and what became of it. */
export interface Judged {
  readonly text: string
  /** Null where the run has no such figure. */
  readonly value: number | null
  /** Empty for messages. */
  readonly unit: 'ms' | '%' | '/s' | ''
  readonly isCrossed: boolean
}

export interface LoadReport {
  readonly version: 1
  readonly startedAt: string
  readonly ended: 'complete' | 'interrupted'
  /** From the first message to the last reply. */
  readonly seconds: number
  readonly model:
    | { readonly kind: 'open'; readonly connections: number; readonly stages: readonly Stage[] }
    | { readonly kind: 'closed'; readonly connections: number; readonly seconds: number }
  /** True: counted from when a message was due, so that a stall shows in all that it delayed. False in a closed loop. */
  readonly isCorrectedForCoordinatedOmission: boolean
  readonly targets: Readonly<Partial<Record<Direction, string>>>
  readonly mix: string
  readonly messages: {
    readonly sent: number
    readonly answered: number
    /** Sent, or due and never sent, and not answered. */
    readonly lost: number
    /** Under way when the run was broken off. */
    readonly unfinished: number
    readonly wrong: number
    readonly failed: number
    /** Arrived at `--upstream` with other bytes; absent without it. */
    readonly altered?: number
  }
  readonly lostBecause: Readonly<Record<string, number>>
  readonly latencyMs: {
    readonly all?: LatencyMs
    readonly southbound?: LatencyMs
    readonly northbound?: LatencyMs
  }
  /** How late messages left although a connection was free: the generator's own fault. Absent in a closed loop. */
  readonly latenessMs?: { readonly p50: number; readonly p99: number; readonly max: number }
  readonly outcomes: readonly OutcomeCount[]
  /** The first twenty. */
  readonly wrongMessages: readonly WrongMessage[]
  /** Of the gateway, where `--metrics` is given and answered. */
  readonly gateway?: { readonly cpuMicrosPerMessage: number; readonly peakMemoryBytes: number }
  readonly thresholds: readonly Judged[]
  readonly samples: readonly Sample[]
}
