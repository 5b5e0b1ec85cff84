/**
 * The audit trail as a hash chain with signed checkpoints: an entry once written cannot be altered, moved or cut off
 * unseen.
 *
 * Each entry's hash covers the hash before it, its index and all its fields, so an edit, a cut in the middle and a change
 * of order break the chain where they happen. A tail that was cut off, or a trail that was rewritten from some entry on with
 * all hashes made anew, leaves a chain that is whole in itself; it no longer agrees with a checkpoint that was signed
 * before and kept outside the store.
 */
import { createHash, type KeyObject, sign, verify } from 'node:crypto'
import type { Instant } from '../device/device.ts'
import type { Actor } from './party.ts'

/** One link of the audit chain: `hash` is over `previous`, `index` and the canonical JSON of the rest. */
export interface AuditEntry {
  /** 1 for the first entry. */
  readonly index: number
  readonly at: Instant
  readonly actor: Actor
  /** `restriction.set`, `restriction.refused`, `task.done`, `table.activated` … */
  readonly action: string
  /** What it was about: restriction ID, MPxN, task ID. */
  readonly subject: string
  /** Plain JSON: a Device ID as text, never a bigint. */
  readonly detail: Readonly<Record<string, unknown>>
  readonly previous: string
  readonly hash: string
}

/** An entry before the store gives it its place in the chain. */
export type AuditDraft = Omit<AuditEntry, 'index' | 'previous' | 'hash'>

/** Where a chain ends: how many entries it has and the hash of the last. */
export interface ChainEnd {
  readonly count: number
  readonly hash: string
}

/** The end of a chain without entries. */
export const EMPTY_CHAIN: ChainEnd = { count: 0, hash: '0'.repeat(64) }

/** The entry that a draft becomes at the end of a chain. Throws TypeError when its detail is not JSON. */
export function append(end: ChainEnd, draft: AuditDraft): AuditEntry {
  const index = end.count + 1
  return { ...draft, index, previous: end.hash, hash: hashOf(end.hash, index, draft) }
}

function hashOf(previous: string, index: number, draft: AuditDraft): string {
  const { at, actor, action, subject, detail } = draft
  const { party, role, name } = actor
  const text = canonicalJson({ at, actor: { party, role, name }, action, subject, detail })
  return createHash('sha256').update(`${previous}\n${index}\n${text}`).digest('hex')
}

/** JSON with the members of every object in order of their names: one text for one value. Throws TypeError on a bigint. */
export function canonicalJson(value: unknown): string {
  // Through JSON once first, so that what is hashed is what a store gives back: no undefined, no -0, no Date.
  return canonicalise(JSON.parse(JSON.stringify(value)))
}

function canonicalise(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalise).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalise(member)}`).join()}}`
}

/** A chain's end, signed and kept outside the store. */
export interface Checkpoint extends ChainEnd {
  readonly at: Instant
  /** Ed25519 over the canonical JSON of the rest, base64. */
  readonly signature: string
}

/** Signs where the chain ends now. `key` is an Ed25519 private key. */
export function checkpoint(end: ChainEnd, at: Instant, key: KeyObject): Checkpoint {
  const unsigned = { count: end.count, hash: end.hash, at }
  return { ...unsigned, signature: sign(null, signedBytes(unsigned), key).toString('base64') }
}

/** Whether the checkpoint was signed by the owner of `key`, an Ed25519 public key, and is as it was signed. */
export function isGenuine(checkpoint: Checkpoint, key: KeyObject): boolean {
  return verify(null, signedBytes(checkpoint), key, Buffer.from(checkpoint.signature, 'base64'))
}

function signedBytes({ count, hash, at }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(canonicalJson({ count, hash, at }))
}

/**
 * - `edited`: the entry is not what was hashed.
 * - `out-of-place`: another index was due here: entries are missing or in another order.
 * - `unlinked`: the entry is whole but does not follow the one before it.
 * - `cut`: the chain ends before an end that is vouched for.
 * - `rewritten`: the chain is whole, but is not the one that a vouched end was taken of.
 * - `stray`: entries beside the chain: after the end that the store notes, or at no place of it.
 */
type ChainFault = 'edited' | 'out-of-place' | 'unlinked' | 'cut' | 'rewritten' | 'stray'

export const CHAIN_FAULT_WORDS: Readonly<Record<ChainFault, string>> = {
  edited: 'the entry is not what was written',
  'out-of-place': 'entries are missing or in another order',
  unlinked: 'the entry does not follow the one before it',
  cut: 'the trail ends before an end that is vouched for',
  stray: 'there are entries that are not of the trail',
  rewritten: 'the trail was written anew: it is not the one that is vouched for',
}

/** What is wrong, and the first index at which it shows; 0 for entries at no place of the chain. */
export interface BrokenChain {
  readonly fault: ChainFault
  readonly index: number
}

/**
 * Checks a chain entry by entry, so that one of millions need not fit in memory.
 *
 * `vouched` are ends that the chain is known to have had: genuine checkpoints, and the end that the store itself notes.
 */
export class ChainCheck {
  #end: ChainEnd = EMPTY_CHAIN
  readonly #vouched: readonly ChainEnd[]
  #next = 0
  #broken: BrokenChain | undefined

  constructor(vouched: readonly ChainEnd[] = []) {
    this.#vouched = vouched.filter(({ count }) => count > 0).sort((one, other) => one.count - other.count)
  }

  /** Takes the next entry. After the first fault the rest is not looked at. */
  add(entry: AuditEntry): void {
    this.#broken ??= this.#faultOf(entry)
    if (!this.#broken) this.#end = { count: entry.index, hash: entry.hash }
  }

  /**
   * The first fault, or where the whole chain ends. To be asked after the last entry, with the end that the store notes and all
   * the rows that it has, both read with that entry.
   */
  result(noted?: ChainEnd, rows?: number): BrokenChain | ChainEnd {
    if (this.#broken) return this.#broken
    const { count } = this.#end
    if (this.#next < this.#vouched.length) return { fault: 'cut', index: count + 1 }
    if (noted && noted.count < count) return { fault: 'stray', index: noted.count + 1 }
    return rows === undefined || rows === count ? this.#end : { fault: 'stray', index: 0 }
  }

  #faultOf(entry: AuditEntry): BrokenChain | undefined {
    const index = this.#end.count + 1
    const fault = entry.index === index ? linkFault(this.#end, entry) : 'out-of-place'
    if (fault) return { fault, index }
    return this.#agrees(entry) ? undefined : { fault: 'rewritten', index }
  }

  #agrees({ index, hash }: AuditEntry): boolean {
    for (; this.#vouched[this.#next]?.count === index; this.#next++)
      if (this.#vouched[this.#next]?.hash !== hash) return false
    return true
  }
}

function linkFault(end: ChainEnd, entry: AuditEntry): ChainFault | undefined {
  if (hashOf(entry.previous, entry.index, entry) !== entry.hash) return 'edited'
  return entry.previous === end.hash ? undefined : 'unlinked'
}

/** Checks a chain that is at hand; see `ChainCheck`. */
export function verifyChain(
  entries: Iterable<AuditEntry>,
  vouched: readonly ChainEnd[] = [],
): BrokenChain | ChainEnd {
  const check = new ChainCheck(vouched)
  for (const entry of entries) check.add(entry)
  return check.result()
}
