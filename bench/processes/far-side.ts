/**
 * The DSP and the Service User of the benches in one process: takes everything, counts it, checks a sample, answers at
 * once. It can be told to stall, as an upstream does that collects garbage or waits for a disk.
 */
import { hash } from 'node:crypto'
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

export type FarSideCalls = {
  start(options: object): Promise<{ readonly port: number }>
  /** Counts of what arrived, and starts counting anew. */
  count(options: object): Arrivals
  /** Blocks for so long, `afterMs` from now. */
  stall(when: { readonly afterMs: number; readonly forMs: number }): void
}

const NOTHING: Arrivals = { southbound: 0, northbound: 0, substitutes: 0, checked: 0, altered: 0 }
const DSP_REPLY = replyBytes('200 OK', ACKNOWLEDGEMENT)
const USER_REPLY = replyBytes('200 OK', '')

let arrivals = { ...NOTHING }

const calls: FarSideCalls = {
  async start() {
    const { port } = await startLeanServer(take)
    return { port }
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
