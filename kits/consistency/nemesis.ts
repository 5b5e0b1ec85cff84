/** What goes wrong in a run: one fault after the other, of a kind and for a time that the seed decides. */
import { setTimeout as pause } from 'node:timers/promises'
import type { TestPostgres } from '../../test/support/postgres.ts'
import type { GatewayProcess } from './gateway-process.ts'
import type { FaultKind, HistoryWriter } from './history.ts'

export interface NemesisOptions {
  readonly history: HistoryWriter
  readonly gateways: readonly GatewayProcess[]
  readonly postgres: TestPostgres
  readonly random: () => number
  readonly leaseMs: number
  /** What may go wrong. */
  readonly kinds: readonly FaultKind[]
}

export class Nemesis {
  readonly #options: NemesisOptions
  #faults = 0

  constructor(options: NemesisOptions) {
    this.#options = options
  }

  /** One fault after the other until `untilMs` of the history; each kind once at the least, and before any kind comes again. */
  async rage(untilMs: number): Promise<void> {
    const { history, kinds, random } = this.#options
    for (let round = 1; round === 1 || history.now() < untilMs; round++) {
      for (const kind of shuffled(kinds, random)) {
        if (round > 1 && history.now() >= untilMs) return
        await this.#strike(kind)
        await pause(100 + random() * 900)
      }
    }
  }

  async #strike(kind: FaultKind): Promise<void> {
    if (kind === 'store-crash') return this.#during(kind, undefined, () => this.#options.postgres.crash())
    const { gateways, random } = this.#options
    const [first, second] = shuffled(gateways, random)
    const victims = [first, random() < 0.3 ? second : undefined].filter((one) => one !== undefined)
    const forMs = this.#duration()
    await Promise.all(
      victims.map((victim) => this.#during(kind, victim.name, () => this.#harm(kind, victim, forMs))),
    )
  }

  /** Shorter than the lease, longer than it, or so long that the store gives the gateway up. */
  #duration(): number {
    const { random, leaseMs } = this.#options
    const leases = [0.4, 1.5, 4][Math.floor(random() * 3)] ?? 1
    return leases * leaseMs * (0.8 + random() * 0.4)
  }

  async #harm(kind: FaultKind, victim: GatewayProcess, forMs: number): Promise<void> {
    switch (kind) {
      case 'pause':
        victim.pause()
        await pause(forMs)
        return victim.resume()
      case 'kill':
        await victim.kill()
        await pause(forMs / 4)
        return victim.start()
      case 'delay':
        victim.proxy.set({ kind, ms: 20 + this.#options.random() * 180 })
        break
      case 'cut':
      case 'black-hole':
      case 'half-open':
        victim.proxy.set({ kind })
        break
      case 'store-crash':
        throw new Error('the store is not a gateway')
    }
    await pause(forMs)
    victim.proxy.set({ kind: 'none' })
  }

  /**
   * `harm` does harm before its first wait and has undone it after its last. Nothing else runs between that and the note,
   * so what the checker takes for cut off is.
   */
  async #during(kind: FaultKind, gateway: string | undefined, harm: () => Promise<void>): Promise<void> {
    const { history } = this.#options
    const fault = ++this.#faults
    const done = harm()
    history.write({ type: 'fault-began', at: history.now(), fault, kind, gateway })
    await done
    history.write({ type: 'fault-ended', at: history.now(), fault })
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((one, other) => one.place - other.place)
    .map(({ item }) => item)
}

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296
  }
}
