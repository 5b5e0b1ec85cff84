/**
 * The DSP and the Service User of the benches in one process: takes everything, counts it, checks a sample, answers at
 * once; on ports of their own it thinks before it answers, or speaks TLS. It can be told to stall, as an upstream does
 * that collects garbage or waits for a disk.
 */
import { hash } from 'node:crypto'
import type { TlsOptions } from 'node:tls'
import { type Arrived, replyBytes, startLeanServer } from '../../src/cli/load/lean-server.ts'
import { ACKNOWLEDGEMENT } from '../workload/messages.ts'
import { DIGEST_MARK, PLAIN_AGENT } from '../workload/shipments.ts'
import { answerCalls } from './calls.ts'

/** Messages that arrived since the last count. */
export interface Arrivals {
  readonly southbound: number
  readonly northbound: number
  /** Responses that the gateway made itself. */
  readonly substitutes: number
  /** Bodies whose SHA-256 was compared with what the generator sent. */
  readonly checked: number
  /** Those among them that were not the same. */
  readonly altered: number
}

/** One for each way in which it can be an upstream. */
export interface FarSidePorts {
  readonly plain: number
  /** Takes `THINKS_MS` over each answer. */
  readonly thinks: number
  /** Absent where it was given no certificates. */
  readonly tls: number | undefined
}

export type FarSideCalls = {
  start(options: { readonly tls?: TlsOptions }): Promise<FarSidePorts>
  /** Counts of what arrived, and starts counting anew. */
  count(options: object): Arrivals
  /** Blocks for so long, `afterMs` from now. */
  stall(when: { readonly afterMs: number; readonly forMs: number }): void
}

/** What an upstream on another machine with a database behind it may take. */
export const THINKS_MS = 20

const NOTHING: Arrivals = { southbound: 0, northbound: 0, substitutes: 0, checked: 0, altered: 0 }
const DSP_REPLY = replyBytes('200 OK', ACKNOWLEDGEMENT)
const USER_REPLY = replyBytes('200 OK', '')

let arrivals = { ...NOTHING }

const calls: FarSideCalls = {
  async start({ tls }) {
    const plain = await startLeanServer(take)
    const thinks = await startLeanServer(take, { delayMs: THINKS_MS })
    const secure = tls && (await startLeanServer(take, { tls }))
    return { plain: plain.port, thinks: thinks.port, tls: secure?.port }
  },
  count() {
    const counted = arrivals
    arrivals = { ...NOTHING }
    return counted
  },
  stall({ afterMs, forMs }) {
    setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, forMs), afterMs)
  },
}

function take({ head, body }: Arrived): Buffer {
  const isForDsp = head.startsWith('POST /api/v1/service')
  const digestAt = head.indexOf(DIGEST_MARK)
  if (digestAt >= 0)
    check(head.slice(digestAt + DIGEST_MARK.length, digestAt + DIGEST_MARK.length + 64), body)
  if (isForDsp) arrivals.southbound++
  else if (digestAt >= 0 || head.includes(PLAIN_AGENT)) arrivals.northbound++
  else arrivals.substitutes++
  return isForDsp ? DSP_REPLY : USER_REPLY
}

function check(digest: string, body: readonly Buffer[]): void {
  arrivals.checked++
  if (hash('sha256', Buffer.concat(body), 'hex') !== digest) arrivals.altered++
}

answerCalls(calls)
