/**
 * The worker processes of one gateway, seen from their primary: started, kept up, told to read the table again, stopped.
 *
 * They share the listeners. The primary accepts connections and gives them out in turn (docs/adr/0008-workers.md), so a
 * worker that ends takes its own connections with it and nothing else.
 */
import cluster from 'node:cluster'
import type { Logger } from '../../observe/log.ts'
import { countsOf, type MetricsSnapshot } from '../../observe/metrics-snapshot.ts'
import { BIN } from '../control-process.ts'
import { KeptProcess } from '../kept-process.ts'
import { nodeWordsFor } from './node-words.ts'
import { type Seat, seatText } from './seat.ts'
import { type Ports, type Subject, WorkerLine, type WorkerReport } from './worker-line.ts'

export interface WorkerPoolOptions {
  readonly count: number
  /** The words of the command line after `duisgate serve`. */
  readonly words: readonly string[]
  /** Words for each worker's first start only. */
  readonly firstWords: readonly string[]
  readonly log: Logger
}

/** One seat as it is now. */
export interface SeatState {
  readonly seat: Seat
  /** Undefined while there is no worker, or when it does not answer. */
  readonly report: WorkerReport | undefined
  /** Milliseconds since a worker of this seat ended by itself; undefined when none has. */
  readonly endedMsAgo: number | undefined
}

const REPORT_WITHIN_MS = 1_000

export class WorkerPool {
  readonly #options: WorkerPoolOptions
  readonly #chairs: readonly Chair[]

  constructor(options: WorkerPoolOptions) {
    this.#options = options
    const { count } = options
    const seats = Array.from({ length: count }, (_, index) => ({ number: index + 1, of: count }))
    this.#chairs = seats.map((seat) => new Chair(seat, options, () => this.#readStrictly()))
  }

  /**
   * Starts the first worker and, once it listens, the others; settles when all listen. Rejects when one ends before: the
   * first one brings the store up to date and finds out whether the addresses are to be had.
   */
  async start(): Promise<Ports> {
    const [first, ...others] = this.#chairs
    if (!first) throw new Error(`${this.#options.count} workers`)
    const ports = await first.start()
    await Promise.all(others.map((chair) => chair.start()))
    return ports
  }

  /** Has every worker read the table again. */
  reload(): void {
    for (const chair of this.#chairs) chair.reload()
  }

  /** What one worker found wrong in what it had learned another may have learned as well. */
  #readStrictly(): void {
    for (const chair of this.#chairs) chair.readStrictly()
  }

  /** Has every worker finish what is in flight and end. One that takes longer than that is killed. */
  async stop(withinMs: number): Promise<void> {
    await Promise.all(this.#chairs.map((chair) => chair.stop(withinMs)))
  }

  /** Every seat, asked now. */
  states(on: Subject): Promise<SeatState[]> {
    return Promise.all(this.#chairs.map((chair) => chair.state(on)))
  }

  /** What workers that ended had counted, as far as they were asked, and how many ended by themselves. */
  former(): { readonly counts: MetricsSnapshot[]; readonly ended: number } {
    return {
      counts: this.#chairs.flatMap(({ formerCounts }) => formerCounts ?? []),
      ended: this.#chairs.reduce((sum, { ended }) => sum + ended, 0),
    }
  }
}

/** Where one worker sits, and after it the next. */
class Chair {
  formerCounts: MetricsSnapshot | undefined
  ended = 0
  readonly #seat: Seat
  readonly #options: WorkerPoolOptions
  readonly #process: KeptProcess
  #line: WorkerLine | undefined
  #lastMetrics: MetricsSnapshot | undefined
  #endedAtMs: number | undefined
  readonly #onMarkupDiffers: () => void
  #readsStrictly = false

  constructor(seat: Seat, options: WorkerPoolOptions, onMarkupDiffers: () => void) {
    this.#seat = seat
    this.#options = options
    this.#onMarkupDiffers = onMarkupDiffers
    this.#process = new KeptProcess({
      name: `worker ${seat.number}`,
      launch: () => this.#fork().process,
      log: options.log,
    })
  }

  /** Settles once the first worker listens; rejects when it ends before. */
  start(): Promise<Ports> {
    this.#process.start()
    return this.#line?.listening ?? Promise.reject(new Error('the worker could not be started'))
  }

  /** A worker that is still starting may have read the table already: it is told once it can hear. */
  reload(): void {
    const line = this.#line
    const tell = () => {
      if (line === this.#line) this.#process.signal('SIGHUP')
    }
    line?.listening.then(tell, () => {})
  }

  /** Its worker, and whoever follows on it, reads every message strictly. */
  readStrictly(): void {
    if (this.#readsStrictly) return
    this.#readsStrictly = true
    this.#line?.reportMarkupDiffers()
  }

  stop(withinMs: number): Promise<void> {
    return this.#process.stop(withinMs)
  }

  async state(on: Subject): Promise<SeatState> {
    const line = this.#line
    const report = await line?.report(on, REPORT_WITHIN_MS)
    if (report?.metrics && line === this.#line) this.#lastMetrics = report.metrics
    const endedMsAgo = this.#endedAtMs === undefined ? undefined : performance.now() - this.#endedAtMs
    return { seat: this.#seat, report, endedMsAgo }
  }

  #fork() {
    const { words, firstWords, count } = this.#options
    const own = this.#endedAtMs === undefined ? firstWords : []
    cluster.setupPrimary({
      exec: BIN,
      execArgv: nodeWordsFor(count),
      args: ['serve', ...words, ...own, '--seat', seatText(this.#seat)],
    })
    const worker = cluster.fork()
    worker.once('exit', () => this.#noteEnd())
    this.#line = new WorkerLine(worker, this.#onMarkupDiffers)
    if (this.#readsStrictly) this.#line.reportMarkupDiffers()
    return worker
  }

  /** Counters must not go down because a worker has gone: what it had counted is kept. */
  #noteEnd(): void {
    this.#line = undefined
    this.ended++
    this.#endedAtMs = performance.now()
    const counted = [this.formerCounts, this.#lastMetrics].filter((one) => one !== undefined)
    this.formerCounts = countsOf(counted)
    this.#lastMetrics = undefined
  }
}
