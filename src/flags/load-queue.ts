/**
 * Loads missing records: one load for a key however many messages wait for it, many keys in one question to the store.
 *
 * A key joins the last batch that was not sent yet. Batches are sent once the current turn of the event loop is done, a
 * few at a time. A batch that fails or takes too long settles without records and trips the breaker. A load that a
 * change has overtaken still settles, but `onLoaded` does not hear of it: that is what keeps a late answer out of the
 * cache.
 */
import type { DeviceRecord } from '../core/device/device.ts'
import type { DeviceKey } from '../core/duis/eui64.ts'
import { DeadlinePassed, type Scheduler, within } from '../observe/scheduler.ts'
import type { DeviceRecords } from '../store/store.ts'
import type { Breaker } from './breaker.ts'

/** Keys that are asked for together. */
export class Batch {
  readonly keys: DeviceKey[] = []
  /** By key, once settled; undefined when the store did not answer. */
  records: ReadonlyMap<DeviceKey, DeviceRecord> | undefined
  readonly #settling = Promise.withResolvers<void>()

  /** Never rejects. */
  get settled(): Promise<void> {
    return this.#settling.promise
  }

  settle(records: ReadonlyMap<DeviceKey, DeviceRecord> | undefined): void {
    this.records = records
    this.#settling.resolve()
  }
}

export interface LoadQueueOptions {
  readonly records: DeviceRecords
  readonly scheduler: Scheduler
  readonly breaker: Breaker
  /** Keys in one question. */
  readonly batchLimit: number
  /** Questions under way at a time. */
  readonly maxLoads: number
  /** Time one question has. */
  readonly timeoutMs: number
  /** Called with each record that came back and that no change has overtaken. */
  readonly onLoaded: (record: DeviceRecord) => void
  readonly onFailure: (error: unknown) => void
}

/** Totals since the start. */
export interface LoadCounts {
  /** Keys asked for. */
  readonly loads: number
  readonly batches: number
  /** Batches without an answer: too late, or any other reason. */
  readonly timeouts: number
  readonly failures: number
}

export class LoadQueue {
  readonly #options: LoadQueueOptions
  /** The load that will bring a key; gone when a change has overtaken it. */
  readonly #bringing = new Map<DeviceKey, Batch>()
  #line: Batch[] = []
  #underWay = 0
  #isSendingSoon = false
  #counts = { loads: 0, batches: 0, timeouts: 0, failures: 0 }

  constructor(options: LoadQueueOptions) {
    this.#options = options
  }

  get counts(): LoadCounts {
    return this.#counts
  }

  /** The batch that will bring the key's record; undefined when the store is not to be asked now. */
  join(key: DeviceKey): Batch | undefined {
    const batch = this.#bringing.get(key) ?? this.#boarding()
    if (!batch || this.#bringing.has(key)) return batch
    batch.keys.push(key)
    this.#bringing.set(key, batch)
    return batch
  }

  /** The key has changed: what a load under way brings is not to be kept, and the next to ask starts a new one. */
  overtake(key: DeviceKey): void {
    this.#bringing.delete(key)
  }

  overtakeAll(): void {
    this.#bringing.clear()
  }

  #boarding(): Batch | undefined {
    const last = this.#line.at(-1)
    if (last && last.keys.length < this.#options.batchLimit) return last
    if (!this.#options.breaker.permits()) return undefined
    const batch = new Batch()
    this.#line.push(batch)
    this.#sendSoon()
    return batch
  }

  #sendSoon(): void {
    if (this.#isSendingSoon) return
    this.#isSendingSoon = true
    this.#options.scheduler.soon(() => {
      this.#isSendingSoon = false
      this.#sendWaiting()
    })
  }

  #sendWaiting(): void {
    while (this.#underWay < this.#options.maxLoads) {
      const batch = this.#line.shift()
      if (!batch) return
      void this.#send(batch)
    }
  }

  async #send(batch: Batch): Promise<void> {
    this.#underWay++
    try {
      const records = await this.#load(batch)
      this.#options.breaker.succeeded()
      this.#deliver(batch, records)
    } catch (error) {
      this.#fail(batch, error)
    } finally {
      this.#underWay--
      this.#sendWaiting()
    }
  }

  async #load({ keys }: Batch): Promise<DeviceRecord[]> {
    const { records, scheduler, timeoutMs } = this.#options
    this.#counts.batches++
    this.#counts.loads += keys.length
    const loaded = await within(scheduler, timeoutMs, records.load(keys))
    if (loaded.length !== keys.length || loaded.some((record, index) => record.key !== keys[index]))
      throw new Error('the store answered for other Devices than those asked for')
    return loaded
  }

  #deliver(batch: Batch, records: readonly DeviceRecord[]): void {
    for (const record of records) {
      if (this.#bringing.get(record.key) !== batch) continue
      this.#bringing.delete(record.key)
      this.#options.onLoaded(record)
    }
    batch.settle(new Map(records.map((record) => [record.key, record])))
  }

  /** Those in line fail with it: each would wait its time out in turn. */
  #fail(batch: Batch, error: unknown): void {
    this.#counts[error instanceof DeadlinePassed ? 'timeouts' : 'failures']++
    this.#options.breaker.failed()
    this.#options.onFailure(error)
    for (const abandoned of [batch, ...this.#line.splice(0)]) this.#abandon(abandoned)
  }

  #abandon(batch: Batch): void {
    for (const key of batch.keys) if (this.#bringing.get(key) === batch) this.#bringing.delete(key)
    batch.settle(undefined)
  }
}
