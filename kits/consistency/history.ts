/**
 * What happened in a run of the consistency test, one line a thing: written by the run, read by the checker.
 *
 * Times are milliseconds on one monotonic clock, that of the run's own process, so that "before" means before. Of an
 * operation the moments are written that its maker can vouch for: when it was asked for and when the answer was seen.
 */

/** What a gateway did with a message, as its sender saw it; `unknown`: no answer. */
export type ProbeOutcome = 'forwarded' | 'rejected' | 'deferred' | 'unknown'

export type FaultKind = 'delay' | 'cut' | 'black-hole' | 'half-open' | 'pause' | 'kill' | 'store-crash'

export type HistoryLine =
  | {
      readonly type: 'settings'
      readonly leaseMs: number
      readonly gateways: readonly string[]
      readonly seed: number
    }
  /** A writer is about to ask for it. */
  | {
      readonly type: 'change-asked'
      readonly at: number
      readonly change: number
      readonly device: string
      readonly to: 'restricted' | 'clear'
    }
  /** The store has it. `effectiveAt`: when a flag set for later begins. */
  | {
      readonly type: 'change-made'
      readonly at: number
      readonly change: number
      readonly effectiveAt: number
    }
  /** It is certain that the store does not have it. */
  | { readonly type: 'change-failed'; readonly at: number; readonly change: number }
  /** It was seen to be in force everywhere. `tookMs`: from commit to in force, by the store's clock. */
  | {
      readonly type: 'change-in-force'
      readonly at: number
      readonly change: number
      readonly tookMs: number
    }
  /** A message is about to be sent. `isBlockable`: of a kind that is stopped while the Device is Restricted. */
  | {
      readonly type: 'probe-sent'
      readonly at: number
      readonly probe: number
      readonly gateway: string
      readonly device: string
      readonly isBlockable: boolean
    }
  /** The upstream has the message: the gateway let it through before. */
  | { readonly type: 'probe-arrived'; readonly at: number; readonly probe: number }
  | {
      readonly type: 'probe-answered'
      readonly at: number
      readonly probe: number
      readonly outcome: ProbeOutcome
    }
  /** From the gateway's journal, after the run: what the decision rested on. */
  | {
      readonly type: 'verdict'
      readonly probe: number
      readonly verdict: string
      readonly flag: string
      readonly version: number | undefined
      readonly ageMs: number | undefined
    }
  | {
      readonly type: 'fault-began'
      readonly at: number
      readonly fault: number
      readonly kind: FaultKind
      readonly gateway: string | undefined
    }
  | { readonly type: 'fault-ended'; readonly at: number; readonly fault: number }

export function linesOf(text: string): HistoryLine[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as HistoryLine)
}

export function textOf(lines: readonly HistoryLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

/** The history as a run writes it. */
export class HistoryWriter {
  readonly lines: HistoryLine[] = []
  readonly #startMs = performance.now()

  /** Now, in the history's time. */
  now(): number {
    return performance.now() - this.#startMs
  }

  write(line: HistoryLine): void {
    this.lines.push(line)
  }
}
