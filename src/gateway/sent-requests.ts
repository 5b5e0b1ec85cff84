/**
 * Which Requests this gateway has forwarded lately, so that a table with `inFlight: deliver` can let their Responses out.
 *
 * A fixed number of RequestIDs with their times, in three numbers each; the oldest make room for the newest. What is
 * forgotten, or was before a restart, is answered "not known", and its Response is withheld. Nothing is kept while the
 * table withholds.
 */
import { randomInt } from 'node:crypto'
import type { Instant } from '../core/device/device.ts'
import { parseEui64 } from '../core/duis/eui64.ts'
import type { MessageFacts } from '../core/duis/facts.ts'
import { mayBeUnderWay, opensInFlight } from '../core/policy/in-flight.ts'
import type { Table } from '../core/policy/table.ts'
import type { Verdict } from '../core/policy/verdict.ts'

/** Originator, target and counter. */
const WORDS = 3

const NOWHERE = -1

/** Nobody outside can tell which IDs fall into one slot. */
const SEED = randomInt(2 ** 32)

/** The entries, in the order they came, and chains of those whose IDs fall into the same slot. */
interface Memory {
  readonly ids: BigUint64Array
  readonly times: Float64Array
  readonly heads: Int32Array
  readonly next: Int32Array
}

export class SentRequests {
  readonly #capacity: number
  #memory: Memory | undefined
  /** Entries written since the memory was made; the next one goes to this, modulo the capacity. */
  #written = 0
  #forgotten = 0
  /** One ID, and the same as 32-bit halves for hashing. */
  readonly #id = new BigUint64Array(WORDS)
  readonly #halves = new Uint32Array(this.#id.buffer)

  /** `capacity`: Requests remembered; each takes some forty bytes. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  /** Requests remembered. */
  get size(): number {
    return Math.min(this.#written, this.#capacity)
  }

  /** Requests that had to make room although their Response might still have been delivered. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** Another table is in force: one that withholds needs no memory. */
  useTable({ deliverInFlightMs }: Table): void {
    if (deliverInFlightMs > 0) return
    this.#memory = undefined
    this.#written = 0
  }

  /** A Request is about to be forwarded. Only one whose rows ask for a flag has a Response that a flag may stop. */
  note({ deliverInFlightMs }: Table, facts: MessageFacts, verdict: Verdict, now: Instant): void {
    if (deliverInFlightMs === 0 || verdict.kind !== 'forward' || verdict.flag === 'not-needed') return
    if (opensInFlight(facts) && this.#readId(facts.requestId)) this.#add(now, deliverInFlightMs)
  }

  /** When the Request that this Response answers was forwarded; undefined when that is not known. */
  sentAt({ deliverInFlightMs }: Table, facts: MessageFacts): Instant | undefined {
    if (deliverInFlightMs === 0 || !mayBeUnderWay(facts) || !this.#readId(facts.requestId)) return undefined
    const at = this.#find()
    return at === NOWHERE ? undefined : (this.#memory?.times[at] as Instant | undefined)
  }

  #add(now: Instant, deliverInFlightMs: number): void {
    this.#memory ??= emptyMemory(this.#capacity)
    const memory = this.#memory
    const at = this.#written % this.#capacity
    if (this.#written >= this.#capacity) {
      if (now - (memory.times[at] ?? 0) < deliverInFlightMs) this.#forgotten++
      this.#unchain(memory, at)
    }
    memory.ids.set(this.#id, at * WORDS)
    memory.times[at] = now
    const slot = slotOf(this.#halves, 0, memory)
    memory.next[at] = memory.heads[slot] ?? NOWHERE
    memory.heads[slot] = at
    this.#written++
  }

  /** The newest entry with the ID at hand. */
  #find(): number {
    const memory = this.#memory
    if (!memory) return NOWHERE
    let at = memory.heads[slotOf(this.#halves, 0, memory)] ?? NOWHERE
    while (at !== NOWHERE && !this.#isAt(memory, at)) at = memory.next[at] ?? NOWHERE
    return at
  }

  #isAt({ ids }: Memory, at: number): boolean {
    const from = at * WORDS
    return ids[from] === this.#id[0] && ids[from + 1] === this.#id[1] && ids[from + 2] === this.#id[2]
  }

  /** The oldest entry is the last of its chain. */
  #unchain({ ids, heads, next }: Memory, at: number): void {
    const slot = slotOf(new Uint32Array(ids.buffer), at * 2 * WORDS, { heads })
    let before = heads[slot] ?? NOWHERE
    if (before === at) {
      heads[slot] = next[at] ?? NOWHERE
      return
    }
    while (next[before] !== at) before = next[before] ?? NOWHERE
    next[before] = next[at] ?? NOWHERE
  }

  /** Takes `originator:target:counter` apart, in whatever letter case it is written. */
  #readId(text: string | undefined): boolean {
    const [originator, target, counter] = text?.split(':') ?? []
    const from = parseEui64(originator ?? '')
    const to = parseEui64(target ?? '')
    if (from === undefined || to === undefined || counter === undefined) return false
    this.#id[0] = from
    this.#id[1] = to
    this.#id[2] = BigInt(counter)
    return true
  }
}

function emptyMemory(capacity: number): Memory {
  const slots = 2 ** Math.ceil(Math.log2(capacity))
  return {
    ids: new BigUint64Array(capacity * WORDS),
    times: new Float64Array(capacity),
    heads: new Int32Array(slots).fill(NOWHERE),
    next: new Int32Array(capacity).fill(NOWHERE),
  }
}

/** The slot of the ID that begins at half `from`; there are as many slots as a power of two. */
function slotOf(halves: Uint32Array, from: number, { heads }: Pick<Memory, 'heads'>): number {
  let hash = SEED
  for (let i = from; i < from + 2 * WORDS; i++) {
    hash = Math.imul(hash ^ (halves[i] ?? 0), 0x85ebca6b)
    hash ^= hash >>> 13
  }
  return (hash ^ (hash >>> 16)) & (heads.length - 1)
}
