/**
 * The markup that a gateway has learned for one reading plan: skeletons of messages that the strict reader accepted, and a
 * reader that knows a message by its skeleton or has it read strictly. There is no third outcome.
 *
 * What is kept is bounded in number and bytes. A skeleton is learned when its key has been seen before, and learning is
 * rationed, the more so the oftener it was in vain, so that markup that is new with every message costs little more than strict
 * reading does.
 */
import type { MessageFacts } from '../duis/facts.ts'
import { type ReadResult, readMessage } from '../duis/reader.ts'
import type { ReadingPlan } from '../duis/reading-plan.ts'
import { viewOf } from '../duis/xml-window.ts'
import { Comparer } from './comparer.ts'
import { learn } from './learn.ts'
import { type KeyPlace, keyAt, keyPlaceOf, tagsOf } from './markup-key.ts'
import type { Skeleton } from './skeleton.ts'
import { factsOf } from './slot-values.ts'

const DEFAULT_MARKUP_LIMITS = {
  /** Skeletons kept, and the bytes that they take. */
  maxSkeletons: 1_024,
  maxBytes: 4_194_304,
  /**
   * Messages that pay for learning one skeleton, and how many may be saved up for. The price doubles, up to all that may be
   * saved, with each that was learned in vain, and halves with each that has its first message.
   */
  messagesALearning: 16,
  maxSavedLearnings: 64,
}
export type MarkupLimits = Readonly<typeof DEFAULT_MARKUP_LIMITS>

/** Skeletons that one key leads to. */
const MAX_CANDIDATES = 8

/** Keys that led to more, so that all tags of their messages count: tariffs, which have as many elements as it takes. */
const MAX_CROWDED = 64

/** Skeletons that begin alike are compared with a message over so many times its length in all, and no more. */
const MOST_PASSES = 2

/** Keys remembered that have been seen once: the place of one is its last bits. */
const KEYS_SEEN = 1_024

/** What a skeleton takes beside its bytes. */
const SKELETON_OVERHEAD = 1_024
const VALUE_OVERHEAD = 128

/** One for all ways, as the engine reserves much room for addresses for each: every call holds its own message first. */
const COMPARER = new Comparer()

interface Kept {
  readonly key: number
  readonly skeleton: Skeleton
  readonly bytes: number
  /** A message has had it since room was last needed. */
  isUsed: boolean
  /** A message has had it. */
  isProven: boolean
}

export class LearnedMarkup {
  readonly #plan: ReadingPlan
  readonly #limits: MarkupLimits
  readonly #byKey = new Map<number, Kept[]>()
  /** All that is kept, the oldest first. */
  readonly #kept = new Set<Kept>()
  #keptBytes = 0
  readonly #seen = new Int32Array(KEYS_SEEN)
  readonly #crowded = new Set<number>()
  #savedMessages: number
  #price: number

  constructor(plan: ReadingPlan, limits: Partial<MarkupLimits> = {}) {
    this.#plan = plan
    this.#limits = { ...DEFAULT_MARKUP_LIMITS, ...limits }
    this.#savedMessages = this.#mostSaved
    this.#price = this.#limits.messagesALearning
  }

  get #mostSaved(): number {
    return this.#limits.messagesALearning * this.#limits.maxSavedLearnings
  }

  /** Skeletons kept, and the bytes that they take. */
  get size(): { readonly skeletons: number; readonly bytes: number } {
    return { skeletons: this.#kept.size, bytes: this.#keptBytes }
  }

  /** The facts of a message held whole, where its markup is known; else undefined, and it is to be read strictly. */
  match(bytes: Buffer): MessageFacts | undefined {
    if (this.#savedMessages < this.#mostSaved) this.#savedMessages++
    if (this.#kept.size === 0) return undefined
    const place = this.#hold(bytes)
    return place && this.#find(bytes, this.#keyOf(place))
  }

  /** Takes a message that was not known and that the strict reader accepted; its skeleton may be learned. */
  consider(bytes: Buffer): void {
    const place = this.#hold(bytes)
    if (!place) return
    const key = this.#keyOf(place)
    const slot = key & (KEYS_SEEN - 1)
    if (this.#seen[slot] !== key) this.#seen[slot] = key
    else if (this.#savedMessages >= this.#price) this.#learn(bytes, place, key)
  }

  /** Reads a message held whole, in one piece. */
  read(bytes: Buffer): ReadResult {
    const known = this.match(bytes)
    if (known) return { ok: true, facts: known }
    const reading = readMessage(this.#plan, bytes)
    if (reading.ok) this.consider(bytes)
    return reading
  }

  /** Forgets all that was learned. */
  forget(): void {
    this.#byKey.clear()
    this.#kept.clear()
    this.#keptBytes = 0
    this.#seen.fill(0)
    this.#crowded.clear()
  }

  /** Takes a message in to be compared: where its key stands; undefined when it has none. */
  #hold(bytes: Buffer): KeyPlace | undefined {
    return COMPARER.hold(bytes) ? keyPlaceOf(COMPARER, this.#plan.direction) : undefined
  }

  #keyOf(place: KeyPlace): number {
    const key = keyAt(COMPARER, place)
    return this.#crowded.has(key) ? key ^ tagsOf(COMPARER) : key
  }

  #find(bytes: Buffer, key: number): MessageFacts | undefined {
    const candidates = this.#byKey.get(key)
    if (!candidates) return undefined
    let left = bytes.length * MOST_PASSES
    for (let i = 0; i < candidates.length && left > 0; i++) {
      const candidate = candidates[i] as Kept
      const fitting = COMPARER.fittingLength(candidate.skeleton)
      left -= fitting
      if (fitting < bytes.length) continue
      const source = { bytes, view: viewOf(bytes) }
      const facts = factsOf(this.#plan, candidate.skeleton, source, COMPARER.spans)
      if (!facts) continue
      candidate.isUsed = true
      if (!candidate.isProven) this.#prove(candidate)
      if (i > 0) {
        candidates[i] = candidates[0] as Kept
        candidates[0] = candidate
      }
      return facts
    }
    return undefined
  }

  #learn(bytes: Buffer, place: KeyPlace, key: number): void {
    this.#seen[key & (KEYS_SEEN - 1)] = 0
    if (this.#becomesCrowded(key, keyAt(COMPARER, place))) return
    this.#savedMessages -= this.#price
    const skeleton = learn(this.#plan, bytes, COMPARER)
    if (!skeleton) {
      this.#wasInVain()
      return
    }
    const taken = SKELETON_OVERHEAD + skeleton.bytes.length + skeleton.values.length * VALUE_OVERHEAD
    this.#keep({ key, skeleton, bytes: taken, isUsed: false, isProven: false })
  }

  /** Whether from now on all tags count of messages that begin so: a key that was made without them leads to no more. */
  #becomesCrowded(key: number, beginning: number): boolean {
    const candidates = this.#byKey.get(key)
    if (candidates?.length !== MAX_CANDIDATES || key !== beginning || this.#crowded.size === MAX_CROWDED)
      return false
    this.#crowded.add(key)
    for (const candidate of [...candidates]) this.#drop(candidate)
    return true
  }

  #keep(kept: Kept): void {
    const candidates = this.#byKey.get(kept.key) ?? []
    if (candidates.length === MAX_CANDIDATES)
      this.#evict(candidates.findLast(({ isUsed }) => !isUsed) ?? (candidates.at(-1) as Kept))
    this.#byKey.set(kept.key, candidates)
    candidates.push(kept)
    this.#kept.add(kept)
    this.#keptBytes += kept.bytes
    this.#makeRoom()
  }

  /** Lets the oldest go that no message has had since room was last needed. */
  #makeRoom(): void {
    const { maxSkeletons, maxBytes } = this.#limits
    for (const kept of this.#kept) {
      if (this.#kept.size <= maxSkeletons && this.#keptBytes <= maxBytes) return
      if (kept.isUsed) {
        kept.isUsed = false
        this.#kept.delete(kept)
        this.#kept.add(kept)
      } else this.#evict(kept)
    }
  }

  #prove(kept: Kept): void {
    kept.isProven = true
    this.#price = Math.max(this.#price >> 1, this.#limits.messagesALearning)
  }

  #wasInVain(): void {
    this.#price = Math.min(this.#price << 1, this.#mostSaved)
  }

  #evict(kept: Kept): void {
    if (!kept.isProven) this.#wasInVain()
    this.#drop(kept)
  }

  #drop(kept: Kept): void {
    this.#kept.delete(kept)
    this.#keptBytes -= kept.bytes
    const candidates = this.#byKey.get(kept.key)
    if (!candidates) return
    candidates.splice(candidates.indexOf(kept), 1)
    if (candidates.length === 0) this.#byKey.delete(kept.key)
  }
}
