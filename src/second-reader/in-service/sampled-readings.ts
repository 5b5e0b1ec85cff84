/**
 * One of so many messages is read a second time after its verdict, and compared. It never decides, and no message waits for it.
 *
 * Only messages that the gateway held whole, and that were sent or stopped, are taken; of a message nothing is kept but the
 * comparison. A difference is counted, raises an alarm, and is logged under the message's decision, without any EUI: the journal
 * has those.
 */
import type { CatalogueData } from '../../core/catalogue/catalogue.ts'
import type { DeviceKey } from '../../core/duis/eui64.ts'
import type { MessageTap, TapEnd, TappedMessage, TapSocket } from '../../gateway/tap.ts'
import type { Clock } from '../../observe/clock.ts'
import type { Logger } from '../../observe/log.ts'
import type { Metrics } from '../../observe/metrics.ts'
import { ReadingThread } from './reading-thread.ts'

export interface SampledReadingsOptions {
  /** Of so many messages one is taken; 0: none. */
  readonly oneIn: number
  readonly catalogue: CatalogueData
  readonly dccEuis: readonly DeviceKey[]
  readonly clock: Clock
  readonly metrics: Metrics
  readonly log: Logger
  /** Between 0 and 1; chooses the messages, so that no sender can tell which. */
  readonly random: () => number
  /** What the thread runs; the second reader when absent. */
  readonly script?: URL
}

/** What is compared of a message; the decision is for the log. */
type ReadMessage = Pick<TappedMessage, 'direction' | 'facts' | 'bytes'> & { readonly decision: string }

/** Messages of one second; more are left out and counted. */
const MAX_A_SECOND = 20
const SECOND_MS = 1_000

export class SampledReadings implements TapSocket, MessageTap {
  readonly #options: SampledReadingsOptions
  readonly #thread: ReadingThread
  readonly #onEnd: TapEnd = (message) => {
    if (message) void this.#compare(message)
  }
  #secondBegan = 0
  #takenInSecond = 0

  constructor(options: SampledReadingsOptions) {
    const { catalogue, dccEuis, clock, metrics, log, script } = options
    this.#options = options
    this.#thread = new ReadingThread({
      data: { catalogue, dccEuis },
      clock,
      log,
      onEnded: () => metrics.count('duisgate_second_reader_restarts_total'),
      ...(script && { script }),
    })
  }

  get tap(): MessageTap | undefined {
    return this.#options.oneIn > 0 ? this : undefined
  }

  begin(): TapEnd | undefined {
    const { oneIn, random, metrics } = this.#options
    if (oneIn > 1 && random() * oneIn >= 1) return undefined
    if (this.#hasRoom()) return this.#onEnd
    metrics.count('duisgate_second_readings_total', ['left-out'])
    return undefined
  }

  /** Reads a message again that somebody else has chosen. */
  readAgain(message: ReadMessage): void {
    if (this.#hasRoom()) void this.#compare(message)
    else this.#options.metrics.count('duisgate_second_readings_total', ['left-out'])
  }

  /** A message that is not held whole is not read again. */
  tooLarge(): void {}

  /** Lets what is under way end, but not for long. */
  stop(): Promise<void> {
    return this.#thread.close()
  }

  #hasRoom(): boolean {
    const now = this.#options.clock.monotonicMs()
    if (now - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = now
      this.#takenInSecond = 0
    }
    return ++this.#takenInSecond <= MAX_A_SECOND
  }

  async #compare({ decision, direction, facts, bytes }: ReadMessage): Promise<void> {
    const { metrics, log } = this.#options
    const result = await this.#thread.read(facts, bytes)
    if (typeof result === 'string') {
      metrics.count('duisgate_second_readings_total', [result === 'busy' ? 'left-out' : 'lost'])
      return
    }
    metrics.count('duisgate_second_readings_total', [result.length === 0 ? 'same' : 'different'])
    if (result.length === 0) return
    metrics.count('duisgate_reading_differs_total')
    metrics.count('duisgate_alarms_total', ['readings-differ'])
    log.error(
      { decision, direction, differences: withoutEuis(result) },
      'the two readers read a message differently',
    )
  }
}

/** At most so many lines of one message are logged. */
const MAX_LINES = 20

/** The same for the log, which names no Device: each line once, with `an EUI` in place of each. */
function withoutEuis(lines: readonly string[]): string[] {
  const bare = lines.map((line) => line.replace(/\b(?:[0-9A-F]{2}-){7}[0-9A-F]{2}\b/g, 'an EUI'))
  return [...new Set(bare)].slice(0, MAX_LINES)
}
