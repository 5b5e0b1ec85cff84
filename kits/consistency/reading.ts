/** A history, put together by what it tells of: changes, messages, faults. For the checker, and without judgement. */
import type { FaultKind, HistoryLine, ProbeOutcome } from './history.ts'

/** One change of one Device's flag. */
export interface Change {
  readonly change: number
  readonly device: string
  readonly to: 'restricted' | 'clear'
  readonly askedAt: number
  madeAt: number | undefined
  effectiveAt: number
  failedAt: number | undefined
  inForceAt: number | undefined
  tookMs: number
}

/** One message. */
export interface Probe {
  readonly probe: number
  readonly gateway: string
  readonly device: string
  readonly isBlockable: boolean
  readonly sentAt: number
  arrivedAt: number | undefined
  answeredAt: number | undefined
  outcome: ProbeOutcome
  verdict: Extract<HistoryLine, { type: 'verdict' }> | undefined
}

/** Infinite while it lasts. */
export interface Fault {
  readonly kind: FaultKind
  readonly gateway: string | undefined
  readonly beganAt: number
  endedAt: number
}

/** Everything that a history tells. Throws when it tells of what was never asked for or sent. */
export class Reading {
  leaseMs = 0
  gateways: readonly string[] = []
  readonly changes = new Map<number, Change>()
  readonly probes = new Map<number, Probe>()
  readonly faults = new Map<number, Fault>()

  constructor(lines: Iterable<HistoryLine>) {
    for (const line of lines) this.#take(line)
  }

  #take(line: HistoryLine): void {
    switch (line.type) {
      case 'settings':
        this.leaseMs = line.leaseMs
        this.gateways = line.gateways
        return
      case 'change-asked':
        this.changes.set(line.change, {
          ...line,
          askedAt: line.at,
          madeAt: undefined,
          effectiveAt: 0,
          failedAt: undefined,
          inForceAt: undefined,
          tookMs: 0,
        })
        return
      case 'probe-sent':
        this.probes.set(line.probe, {
          ...line,
          sentAt: line.at,
          arrivedAt: undefined,
          answeredAt: undefined,
          outcome: 'unknown',
          verdict: undefined,
        })
        return
      case 'fault-began':
        this.faults.set(line.fault, { ...line, beganAt: line.at, endedAt: Number.POSITIVE_INFINITY })
        return
      default:
        this.#continue(line)
    }
  }

  #continue(line: HistoryLine): void {
    switch (line.type) {
      case 'change-made':
        Object.assign(this.#change(line), { madeAt: line.at, effectiveAt: line.effectiveAt })
        return
      case 'change-failed':
        Object.assign(this.#change(line), { failedAt: line.at })
        return
      case 'change-in-force':
        Object.assign(this.#change(line), { inForceAt: line.at, tookMs: line.tookMs })
        return
      case 'probe-arrived':
        this.#probe(line).arrivedAt ??= line.at
        return
      case 'probe-answered':
        Object.assign(this.#probe(line), { answeredAt: line.at, outcome: line.outcome })
        return
      case 'verdict':
        this.#probe(line).verdict = line
        return
      case 'fault-ended': {
        const fault = this.faults.get(line.fault)
        if (fault) fault.endedAt = line.at
      }
    }
  }

  #change({ change }: { readonly change: number }): Change {
    const found = this.changes.get(change)
    if (!found) throw new Error(`the history tells of change ${change}, which nobody asked for`)
    return found
  }

  #probe({ probe }: { readonly probe: number }): Probe {
    const found = this.probes.get(probe)
    if (!found) throw new Error(`the history tells of message ${probe}, which nobody sent`)
    return found
  }
}
