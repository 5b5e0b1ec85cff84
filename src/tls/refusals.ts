/**
 * Counts and logs of connections that TLS refused. Every one is counted; of each reason one a second is logged, so that
 * nobody outside can fill the log. A certificate is named by its fingerprint.
 */
import type { X509Certificate } from 'node:crypto'
import type { Logger } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { TLS_REASONS, type TlsReason } from './reasons.ts'

const LOG_EVERY_MS = 1_000

export class Refusals {
  readonly #side: string
  readonly #log: Logger
  readonly #metrics: Metrics | undefined
  readonly #lines = new Map<TlsReason, { loggedMs: number; unlogged: number }>()

  constructor(side: string, log: Logger, metrics: Metrics | undefined) {
    this.#side = side
    this.#log = log
    this.#metrics = metrics
  }

  note(code: TlsReason, certificate?: X509Certificate): void {
    this.#metrics?.count('duisgate_tls_refused_total', [this.#side, code])
    const line = this.#lines.get(code) ?? { loggedMs: Number.NEGATIVE_INFINITY, unlogged: 0 }
    this.#lines.set(code, line)
    const nowMs = performance.now()
    if (nowMs < line.loggedMs + LOG_EVERY_MS) {
      line.unlogged++
      return
    }
    const { unlogged } = line
    line.loggedMs = nowMs
    line.unlogged = 0
    const facts = { side: this.#side, code, fingerprint: certificate?.fingerprint256, unlogged }
    this.#log.info(facts, `a TLS connection was refused: ${TLS_REASONS[code]}`)
  }
}
