/**
 * What primary and workers tell each other over Node's own channel: a worker says that it listens, answers the primary's
 * questions for readiness and metrics, and says when learned markup was wrong, so that the primary tells all.
 */
import type { Worker } from 'node:cluster'
import type { Readiness } from '../../observe/health.ts'
import type { MetricsSnapshot } from '../../observe/metrics-snapshot.ts'

/** Where the listeners stand that all workers share. */
export interface Ports {
  readonly southbound: number
  readonly northbound: number
}

/** What a worker tells of itself. */
export interface WorkerReport {
  readonly readiness: Readiness
  /** Where they were asked for: taking them begins anew what prom-client measures from scrape to scrape. */
  readonly metrics?: MetricsSnapshot
}

/** What a report is to be about. */
export type Subject = 'readiness' | 'metrics'

type FromWorker =
  | { readonly listening: Ports }
  | { readonly report: WorkerReport; readonly id: number }
  | typeof MARKUP_DIFFERS
type FromPrimary = { readonly wants: Subject; readonly id: number } | typeof MARKUP_DIFFERS

/** Learned markup was wrong: said by the worker that found it, and then to every worker. */
const MARKUP_DIFFERS = { markup: 'differs' } as const

/** What the primary asks and tells a worker. */
export interface Heard {
  report(on: Subject): Promise<WorkerReport>
  onMarkupDiffers(): void
}

/** In a worker: says that it listens, and hears the primary from now on. */
export function hearPrimary(ports: Ports, heard: Heard): void {
  process.on('message', async (message) => {
    if (!isFromPrimary(message)) return
    if ('markup' in message) heard.onMarkupDiffers()
    else tell({ report: await heard.report(message.wants), id: message.id })
  })
  tell({ listening: ports })
}

/** In a worker: reports that learned markup was found to be wrong. */
export function reportMarkupDiffers(): void {
  tell(MARKUP_DIFFERS)
}

function isFromPrimary(message: unknown): message is FromPrimary {
  return typeof message === 'object' && message !== null && ('wants' in message || 'markup' in message)
}

/** A primary that is gone hears nothing, and that is all. */
function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {})
}

/** In the primary: the line to one worker process. */
export class WorkerLine {
  readonly #worker: Worker
  readonly #onMarkupDiffers: () => void
  readonly #listening = Promise.withResolvers<Ports>()
  readonly #waiting = new Map<number, (report: WorkerReport | undefined) => void>()
  #questions = 0

  constructor(worker: Worker, onMarkupDiffers: () => void) {
    this.#worker = worker
    this.#onMarkupDiffers = onMarkupDiffers
    worker.on('message', (message: FromWorker) => this.#take(message))
    worker.once('exit', () => this.#end())
    // It could not be started, or the channel to it is broken.
    worker.on('error', () => this.#end())
    // Not everybody waits for it.
    this.#listening.promise.catch(() => {})
  }

  /** Settles once the worker listens; rejects when it ends before. */
  get listening(): Promise<Ports> {
    return this.#listening.promise
  }

  /** What the worker tells of itself; undefined when it does not answer in time. Never rejects. */
  report(wants: Subject, withinMs: number): Promise<WorkerReport | undefined> {
    const { promise, resolve } = Promise.withResolvers<WorkerReport | undefined>()
    const id = this.#questions++
    const late = setTimeout(() => this.#settle(id, undefined), withinMs)
    this.#waiting.set(id, (report) => {
      clearTimeout(late)
      resolve(report)
    })
    if (!this.#send({ wants, id })) this.#settle(id, undefined)
    return promise
  }

  /** Reports to the worker that learned markup was wrong; one that is still starting hears of it once it can. */
  reportMarkupDiffers(): void {
    this.listening.then(
      () => this.#send(MARKUP_DIFFERS),
      () => {},
    )
  }

  /** False when there is nobody to hear it. */
  #send(message: FromPrimary): boolean {
    if (!this.#worker.isConnected()) return false
    this.#worker.send(message, () => {})
    return true
  }

  #take(message: FromWorker): void {
    if ('listening' in message) this.#listening.resolve(message.listening)
    else if ('report' in message) this.#settle(message.id, message.report)
    else if ('markup' in message) this.#onMarkupDiffers()
  }

  #settle(id: number, report: WorkerReport | undefined): void {
    const settle = this.#waiting.get(id)
    this.#waiting.delete(id)
    settle?.(report)
  }

  #end(): void {
    this.#listening.reject(new Error('the worker ended before it listened'))
    for (const id of [...this.#waiting.keys()]) this.#settle(id, undefined)
  }
}
