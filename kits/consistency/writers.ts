/**
 * Suppliers of a run: one a Device, who sets and clears its flag through the service that the control plane uses, waits until
 * the change is in force everywhere, and goes on.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import type { RestrictionRecord } from '../../src/core/restriction/restriction.ts'
import type { RestrictionService } from '../../src/restrictions/restriction-service.ts'
import type { ControlStore } from '../../src/store/control-store.ts'
import { StoreFailure } from '../../src/store/store.ts'
import type { HistoryWriter } from './history.ts'

/** A meter that the run knows: its Device ID as messages spell it, its MPAN. */
export interface Meter {
  readonly device: string
  readonly mpan: string
}

export const SUPPLIER = { party: 'SUP', role: 'supplier', name: 'a writer' } as const

export interface WritersOptions {
  readonly history: HistoryWriter
  /** On the database itself, past all proxies. */
  readonly store: ControlStore
  readonly service: RestrictionService
  readonly random: () => number
  /** Something happened to the Device. */
  readonly hurry: (device: string) => void
}

/** A change that the store has and that is not in force yet. */
interface Pending {
  readonly change: number
  readonly device: string
  readonly sequence: number
  readonly seen: () => void
}

/** Between two looks at what is in force. */
const LOOK_MS = 5

/** A flag set for later begins so much later. */
const LATER_MS = 400

export class Writers {
  readonly #options: WritersOptions
  readonly #pending = new Set<Pending>()
  #loops: Promise<void>[] = []
  #looking: Promise<void> = Promise.resolve()
  #changes = 0
  #isRunning = true
  #isLooking = true

  constructor(options: WritersOptions) {
    this.#options = options
  }

  start(meters: readonly Meter[]): void {
    this.#looking = this.#look()
    this.#loops = meters.map((meter) => this.#write(meter))
  }

  /** Asks for nothing more, and waits at most `patienceMs` until what was made is in force. */
  async stop(patienceMs: number): Promise<void> {
    this.#isRunning = false
    await Promise.race([Promise.all(this.#loops), pause(patienceMs, undefined, { ref: false })])
    this.#isLooking = false
    await this.#looking
  }

  async #write(meter: Meter): Promise<void> {
    const { random } = this.#options
    for (let to: 'restricted' | 'clear' = 'restricted'; this.#isRunning; ) {
      const isMade = await this.#change(meter, to)
      if (isMade) to = to === 'restricted' ? 'clear' : 'restricted'
      await pause(100 + random() * 400)
    }
  }

  /** Asks for a change and waits until it is in force; false when it was not made. */
  async #change(meter: Meter, to: 'restricted' | 'clear'): Promise<boolean> {
    const { history, hurry } = this.#options
    const { device } = meter
    const change = ++this.#changes
    const from = to === 'restricted' && change % 6 === 0 ? instantOf(Date.now() + LATER_MS) : undefined
    history.write({ type: 'change-asked', at: history.now(), change, device, to })
    const record = (await this.#ask(meter, to, from)) ?? (await this.#find(meter, to))
    const at = history.now()
    if (!record) {
      history.write({ type: 'change-failed', at, change })
      return false
    }
    const effectiveAt = from === undefined ? 0 : from - Date.now() + at
    history.write({ type: 'change-made', at, change, effectiveAt })
    const isSeen = new Promise<void>((seen) =>
      this.#pending.add({ change, device, sequence: record.sequence, seen }),
    )
    hurry(device)
    await isSeen
    if (from !== undefined) await pause(Math.max(0, from - Date.now()))
    hurry(device)
    return true
  }

  /** Undefined when the store did not answer: it may have made the change or not. */
  async #ask(
    { mpan }: Meter,
    to: 'restricted' | 'clear',
    from: Instant | undefined,
  ): Promise<RestrictionRecord | undefined> {
    const { service } = this.#options
    try {
      const answer =
        to === 'restricted'
          ? await service.set(SUPPLIER, { mpxn: mpan, from, declaration: declarationOfToday() })
          : await service.clear(SUPPLIER, { mpxn: mpan, reason: 'consumer-request', reference: 'CASE-1' })
      if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer)}`)
      return answer.restriction
    } catch (error) {
      if (!(error instanceof StoreFailure)) throw error
      return undefined
    }
  }

  /** After a doubtful answer: the flag, when it is now as it was asked for. */
  async #find({ mpan }: Meter, to: 'restricted' | 'clear'): Promise<RestrictionRecord | undefined> {
    for (;;) {
      try {
        const [newest] = await this.#options.store.read((view) => view.restrictions.ofMeterPoint(mpan))
        if (newest === undefined) return undefined
        const isOpen = newest.until === undefined
        return isOpen === (to === 'restricted') ? newest : undefined
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        await pause(50)
      }
    }
  }

  /** Looks again and again which changes have come to be in force. */
  async #look(): Promise<void> {
    while (this.#isLooking) {
      const pending = [...this.#pending]
      if (pending.length > 0) await this.#lookAt(pending).catch(rethrowUnlessUnavailable)
      await pause(LOOK_MS)
    }
  }

  async #lookAt(pending: readonly Pending[]): Promise<void> {
    const { history, store, hurry } = this.#options
    const first = Math.min(...pending.map(({ sequence }) => sequence))
    const changes = await store.read((view) => view.changes.after(first - 1, 1_000))
    const at = history.now()
    const bySequence = new Map(changes.map((change) => [change.sequence, change]))
    for (const one of pending) {
      const found = bySequence.get(one.sequence)
      if (found?.inForceAt === undefined) continue
      this.#pending.delete(one)
      history.write({
        type: 'change-in-force',
        at,
        change: one.change,
        tookMs: found.inForceAt - found.at,
      })
      hurry(one.device)
      one.seen()
    }
  }
}

function rethrowUnlessUnavailable(error: unknown): void {
  if (!(error instanceof StoreFailure)) throw error
}

function declarationOfToday() {
  return {
    steps: ['advice-given'],
    date: new Date().toISOString().slice(0, 10),
    evidence: 'CASE-1',
    isLastResort: true,
    isCreditMode: true,
  }
}
