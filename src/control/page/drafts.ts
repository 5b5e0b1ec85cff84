/**
 * Answers between a form and its check page, kept in memory like the sessions. The ID of a draft is also what makes a
 * second sending harmless: a draft leads to one change, however often its last page is sent.
 */

import { randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { HOUR_MS } from '../../core/device/durations.ts'
import type { Actor } from '../../core/restriction/party.ts'
import type { Clock } from '../../observe/clock.ts'
import type { Answers } from './forms/answers.ts'
import type { Subject } from './forms/subject.ts'

export interface Draft {
  readonly kind: 'set' | 'clear'
  readonly subject: Subject
  /** ID of the flag that is to be cleared; undefined for one that is to be set. */
  readonly restriction?: string
  /** Version of the flag that was open when the form was; undefined when none was. */
  readonly version: number | undefined
  readonly answers: Answers
}

/** What became of a draft: the address of the receipt, or something to be put right first. */
export type Sending<Obstacle> = { readonly receipt: string } | { readonly obstacle: Obstacle }

interface Kept {
  readonly owner: string
  draft: Draft
  receipt: Promise<string | undefined> | undefined
}

const MAX_DRAFTS = 10_000

export class Drafts {
  readonly #kept: LRUCache<string, Kept>

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#kept = new LRUCache({ max: MAX_DRAFTS, ttl: HOUR_MS, perf: { now: () => clock.monotonicMs() } })
  }

  /** Keeps a new draft of the actor's and answers its ID. */
  keep(actor: Actor, draft: Draft): string {
    const id = randomBytes(16).toString('base64url')
    this.#kept.set(id, { owner: ownerOf(actor), draft, receipt: undefined })
    return id
  }

  /** The draft; undefined when it is another's, too old or never was. */
  find(actor: Actor, id: string): Draft | undefined {
    return this.#of(actor, id)?.draft
  }

  /** Puts new answers into a draft. */
  replace(actor: Actor, id: string, draft: Draft): void {
    const kept = this.#of(actor, id)
    if (kept) kept.draft = draft
  }

  /** Address of the receipt, once the draft has led to a change. */
  async receiptOf(actor: Actor, id: string): Promise<string | undefined> {
    return this.#of(actor, id)?.receipt
  }

  /** Sends a draft once; a second call meanwhile or afterwards gets the first one's receipt. */
  async send<Obstacle>(
    actor: Actor,
    id: string,
    work: () => Promise<Sending<Obstacle>>,
  ): Promise<Sending<Obstacle>> {
    const kept = this.#of(actor, id)
    const earlier = await kept?.receipt
    if (earlier !== undefined) return { receipt: earlier }
    const sending = work()
    if (kept) kept.receipt = receiptIn(sending)
    return sending
  }

  #of(actor: Actor, id: string): Kept | undefined {
    const kept = this.#kept.get(id)
    return kept?.owner === ownerOf(actor) ? kept : undefined
  }
}

/** Undefined for whatever did not lead to a change, so that it can be tried again. */
async function receiptIn<Obstacle>(sending: Promise<Sending<Obstacle>>): Promise<string | undefined> {
  try {
    const sent = await sending
    return 'receipt' in sent ? sent.receipt : undefined
  } catch {
    return undefined
  }
}

/** Whose drafts and runs they are: a person of a party under one role. */
export function ownerOf({ party, role, name }: Actor): string {
  return JSON.stringify([party, role, name])
}
