/**
 * Traffic as bytes on a connection: HTTP heads in front, and behind each message what tells a right reply from a wrong.
 *
 * Every 64th message carries the SHA-256 of its body in User-Agent, which gateways and proxies pass on; the upstream
 * compares it with the body that arrives.
 */
import { hash } from 'node:crypto'
import type { Shipment } from '../../src/cli/load/lane.ts'
import type { Reply } from '../../src/cli/load/reply.ts'
import { Fleet } from './fleet.ts'
import { type Expected, type TrafficItem, type TrafficSpec, trafficOf } from './traffic.ts'

/** What a rung does with messages: a plain relay forwards whatever the table would say. */
export interface ShippingOptions {
  readonly decides: boolean
}

const SOUTHBOUND_LANE = 0
const NORTHBOUND_LANE = 1

/** Begins the User-Agent of a message whose body can be checked. */
export const DIGEST_MARK = 'sha256/'
export const PLAIN_AGENT = 'duisgate-bench'
const CHECKED_EVERY = 64
const EUI_BYTES = 23

/** Traffic that is made once and sent many times. */
export class ShippedTraffic {
  readonly items: readonly TrafficItem[]
  readonly #spec: TrafficSpec
  readonly #bytes: readonly Buffer[]
  readonly #fleet: Fleet
  #sent = 0

  constructor(spec: TrafficSpec) {
    this.#spec = spec
    this.#fleet = new Fleet(spec.fleet)
    this.items = trafficOf(spec)
    this.#bytes = this.items.map(({ message: { target, body } }, index) =>
      withHead(target, body, index % CHECKED_EVERY === 0),
    )
  }

  /** Messages in their order, without end; starts where the last source of this traffic stopped. */
  source({ decides }: ShippingOptions): () => Shipment {
    const shipments = this.items.map((item, index) => this.#shipment(item, index, decides))
    return () => {
      const index = this.#sent % shipments.length
      if (this.#spec.name === 'distinct-reads') this.#renew(index, this.#sent)
      this.#sent++
      const shipment = shipments[index]
      if (!shipment) throw new Error('the traffic has no messages')
      return shipment
    }
  }

  #shipment(item: TrafficItem, index: number, decides: boolean): Shipment {
    return {
      bytes: this.#bytes[index] ?? Buffer.alloc(0),
      lane: item.direction === 'southbound' ? SOUTHBOUND_LANE : NORTHBOUND_LANE,
      judge: JUDGES[decides ? item.expected : 'forwarded'],
    }
  }

  /** Writes the ID of a Device that was not spoken of before over that of the message, and its digest anew. */
  #renew(index: number, serial: number): void {
    const [item, bytes] = [this.items[index], this.#bytes[index]]
    if (!item || !bytes) return
    const { body } = item.message
    const device = this.#fleet.nextWhere(false, serial % this.#spec.fleet.devices)
    const bodyAt = bytes.length - body.length
    const eui = this.#fleet.euiAt(device)
    bytes.write(eui, bodyAt + body.indexOf(this.#fleet.euiAt(item.device)), EUI_BYTES, 'latin1')
    if (index % CHECKED_EVERY === 0) {
      const digest = hash('sha256', bytes.subarray(bodyAt), 'hex')
      bytes.write(digest, bytes.indexOf(DIGEST_MARK) + DIGEST_MARK.length, 'latin1')
    }
  }
}

function withHead(target: string, body: Buffer, isChecked: boolean): Buffer {
  const agent = isChecked ? DIGEST_MARK + hash('sha256', body, 'hex') : PLAIN_AGENT
  const head = `POST ${target} HTTP/1.1\r\nHost: gateway.test\r\nUser-Agent: ${agent}\r\nContent-Type: application/xml\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

const JUDGES: Readonly<Record<Expected, (reply: Reply) => string>> = {
  forwarded: judgeBy('forwarded'),
  rejected: judgeBy('rejected'),
  withheld: judgeBy('withheld'),
  substituted: judgeBy('withheld', 'substituted'),
}

/** Prefix of outcomes that should not have been. */
export const WRONG = 'wrong: '

/** `name` is what the outcome is called when the reply is the expected one. */
function judgeBy(expected: string, name = expected): (reply: Reply) => string {
  return (reply) => {
    const outcome = outcomeOf(reply)
    return outcome === expected ? name : `${WRONG}${outcome} instead of ${expected}`
  }
}

/** What a reply says became of the message, with the upstream of these benches behind the gateway. */
function outcomeOf({ status, body }: Reply): string {
  if (status === 204) return 'withheld'
  if (status !== 200) return `status ${status}`
  if (body.length === 0 || body.includes('>I99<')) return 'forwarded'
  return body.includes('>E5<') ? 'rejected' : 'an unknown reply'
}
