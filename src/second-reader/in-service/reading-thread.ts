/**
 * Keeps the thread of the second reader: starts it when there is something to read, starts it again after a rest when it ends by
 * itself, and never lets a message wait for it.
 *
 * What is under way is bounded, in messages and bytes; beyond that nothing is taken. A thread that says nothing for ten seconds
 * is ended. What was under way in a thread that ended is lost: nobody reads it again.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { CatalogueData } from '../../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { MessageFacts } from '../../core/duis/facts.ts'
import type { Clock } from '../../observe/clock.ts'
import type { Logger } from '../../observe/log.ts'

export interface ReadingThreadOptions {
  readonly data: ReadingThreadData
  readonly clock: Clock
  readonly log: Logger
  /** Called each time the thread has ended by itself. */
  readonly onEnded: () => void
  /** What the thread runs; the second reader when absent. */
  readonly script?: URL
}

/** `busy`: not taken. `lost`: the thread ended over it. Else what differs. */
export type ReadingResult = 'busy' | 'lost' | readonly string[]

const MAX_UNDER_WAY = 16
/** The largest message that is read again: its tree takes many times its bytes. */
const MAX_BYTES = 1_048_576
const MEMORY_MB = 256
const SILENCE_MS = 10_000
const FIRST_REST_MS = 1_000
const LONGEST_REST_MS = 60_000
const CLOSING_MS = 2_000

export class ReadingThread {
  readonly #options: ReadingThreadOptions
  readonly #underWay = new Map<number, PromiseWithResolvers<ReadingResult>>()
  #worker: Worker | undefined
  #lastId = 0
  #silence: NodeJS.Timeout | undefined
  #restMs = FIRST_REST_MS
  /** By the monotonic clock. */
  #restsUntilMs = 0
  #isClosed = false

  constructor(options: ReadingThreadOptions) {
    this.#options = options
  }

  /** Has a message read again. The bytes are copied before this returns. */
  read(facts: MessageFacts, bytes: Uint8Array): Promise<ReadingResult> {
    const isResting = this.#options.clock.monotonicMs() < this.#restsUntilMs
    const isFull = this.#underWay.size >= MAX_UNDER_WAY || bytes.length > MAX_BYTES
    if (this.#isClosed || isResting || isFull) return Promise.resolve('busy')
    const pending = Promise.withResolvers<ReadingResult>()
    const job: ReadingJob = { id: ++this.#lastId, facts, bytes: new Uint8Array(bytes) }
    this.#underWay.set(job.id, pending)
    this.#worker ??= this.#start()
    this.#worker.postMessage(job, [job.bytes.buffer as ArrayBuffer])
    if (this.#underWay.size === 1) this.#expectWord()
    return pending.promise
  }

  /** Lets what is under way end, but not for long, and ends the thread. */
  async close(): Promise<void> {
    this.#isClosed = true
    const stop = new AbortController()
    const longest = delay(CLOSING_MS, undefined, { signal: stop.signal }).catch(() => {})
    await Promise.race([Promise.all([...this.#underWay.values()].map(({ promise }) => promise)), longest])
    stop.abort()
    const worker = this.#worker
    this.#ended(worker)
    await worker?.terminate()
  }

  #start(): Worker {
    const { data, script } = this.#options
    const worker = new Worker(script ?? OWN_SCRIPT, {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
      env: {},
    })
    worker.on('message', (answer: ReadingAnswer) => this.#answered(answer))
    worker.on('error', (err) => this.#failed(worker, err))
    worker.on('exit', () => this.#failed(worker, undefined))
    worker.unref()
    return worker
  }

  #answered({ id, differences }: ReadingAnswer): void {
    this.#restMs = FIRST_REST_MS
    this.#underWay.get(id)?.resolve(differences)
    this.#underWay.delete(id)
    clearTimeout(this.#silence)
    if (this.#underWay.size > 0) this.#expectWord()
  }

  #expectWord(): void {
    const worker = this.#worker
    this.#silence = setTimeout(() => void worker?.terminate(), SILENCE_MS).unref()
  }

  #failed(worker: Worker, err: Error | undefined): void {
    if (worker !== this.#worker) return
    this.#ended(worker)
    this.#restsUntilMs = this.#options.clock.monotonicMs() + this.#restMs
    this.#options.log.error(
      { err, restMs: this.#restMs },
      'the thread of the second reader ended; messages go on',
    )
    this.#restMs = Math.min(this.#restMs * 2, LONGEST_REST_MS)
    this.#options.onEnded()
  }

  #ended(worker: Worker | undefined): void {
    if (worker !== this.#worker) return
    clearTimeout(this.#silence)
    this.#worker = undefined
    for (const { resolve } of this.#underWay.values()) resolve('lost')
    this.#underWay.clear()
  }
}

/** Beside this file, in source as in a build. */
const OWN_SCRIPT = new URL(`./thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/** Given to the thread when it starts. */
export interface ReadingThreadData {
  readonly catalogue: CatalogueData
  readonly dccEuis: readonly DeviceKey[]
}

/** A message to be read again. The bytes are the thread's own. */
export interface ReadingJob {
  readonly id: number
  readonly facts: MessageFacts
  readonly bytes: Uint8Array
}

export interface ReadingAnswer {
  readonly id: number
  /** As `differences` has them. */
  readonly differences: readonly string[]
}
