/**
 * What is sent to a rung: a pool of messages in the order in which they go, each with what must become of it.
 *
 * Everything follows from the seed. A pool is sent round and round; `distinct-reads` is the exception, whose Device is
 * written anew into each message on its way out (`shipments.ts`), so that no look-up finds it in memory.
 */
import { createHash } from 'node:crypto'
import { rankAt } from '../../src/cli/load/popularity.ts'
import { SeededRandom } from '../../src/cli/load/seeded-random.ts'
import { Fleet, type FleetSpec } from './fleet.ts'
import {
  type BenchMessage,
  deviceAlert,
  firmwareUpdate,
  powerOutageAlert,
  readRequest,
  serviceRequest,
  serviceResponse,
} from './messages.ts'

/**
 * What must become of a message at a gateway that decides by the shipped table. `substituted`: withheld, and its User
 * gets a Response without data in its place.
 */
export type Expected = 'forwarded' | 'rejected' | 'withheld' | 'substituted'

export interface TrafficItem {
  readonly message: BenchMessage
  readonly direction: 'southbound' | 'northbound'
  /** Number of the Device in its fleet. */
  readonly device: number
  readonly expected: Expected
}

/** One line each; `docs/performance.md` shows them. */
export const TRAFFIC = {
  requests: 'Service Requests of 1.7–27 kB to Devices that are not Restricted; 86 % need the flag',
  'distinct-reads': 'reads of 1.7–1.9 kB, each for a Device not spoken of before',
  rejects: 'reads of 1.7–1.9 kB of Restricted Devices',
  alerts: '95 % Device Alerts and 5 % DCC Alerts, northbound, of Devices that are not Restricted',
  'large-bodies': 'firmware updates of 1 MiB, which are streamed',
  mix: '60 % Device Alerts, 3 % DCC Alerts, 18.5 % Requests, 18.5 % Responses; Restricted Devices as they come',
} as const

export type TrafficName = keyof typeof TRAFFIC

export interface TrafficSpec {
  readonly name: TrafficName
  readonly fleet: FleetSpec
  readonly seed: number
  /** Messages in the pool. */
  readonly messages: number
}

const FIRMWARE_BYTES = 1_048_576
const READ_BYTES = { from: 1_660, to: 1_900 } as const

/** The pool of a traffic: the same for the same spec. */
export function trafficOf(spec: TrafficSpec): TrafficItem[] {
  const maker = new TrafficMaker(spec)
  return Array.from({ length: spec.messages }, () => maker.make(spec.name))
}

/** Names a pool for ever: two runs are comparable only when their pools have the same bytes and outcomes. */
export function hashOf(items: readonly TrafficItem[]): string {
  const hash = createHash('sha256')
  for (const { message, expected } of items) hash.update(message.body).update(expected)
  return hash.digest('hex').slice(0, 16)
}

const MIX = [
  { share: 60, sort: 'device-alert' },
  { share: 3, sort: 'dcc-alert' },
  { share: 18.5, sort: 'request' },
  { share: 18.5, sort: 'response' },
] as const

const ALERTS_ONLY = MIX.slice(0, 2)

class TrafficMaker {
  readonly #fleet: Fleet
  readonly #random: SeededRandom

  constructor(spec: TrafficSpec) {
    this.#fleet = new Fleet(spec.fleet)
    this.#random = new SeededRandom(spec.seed)
  }

  make(name: TrafficName): TrafficItem {
    switch (name) {
      case 'requests':
        return this.#ofSort('request', this.#popular(false))
      case 'distinct-reads':
        return this.#read(this.#popular(false))
      case 'rejects':
        return this.#read(this.#popular(true))
      case 'alerts':
        return this.#ofSort(this.#random.choose(ALERTS_ONLY).sort, this.#popular(false))
      case 'large-bodies':
        return this.#firmware()
      case 'mix':
        return this.#ofSort(this.#random.choose(MIX).sort, this.#popular())
    }
  }

  #ofSort(sort: (typeof MIX)[number]['sort'], device: number): TrafficItem {
    const build = {
      'device-alert': deviceAlert,
      'dcc-alert': powerOutageAlert,
      request: serviceRequest,
      response: serviceResponse,
    }[sort]
    return this.#item(build(this.#random, this.#fleet.euiAt(device)), device)
  }

  #read(device: number): TrafficItem {
    const bytes = this.#random.between(READ_BYTES.from, READ_BYTES.to)
    return this.#item(readRequest(this.#random, this.#fleet.euiAt(device), bytes), device)
  }

  #firmware(): TrafficItem {
    const [first, second] = [this.#popular(), this.#popular()]
    const devices = [this.#fleet.euiAt(first), this.#fleet.euiAt(second)]
    return this.#item(firmwareUpdate(this.#random, devices, FIRMWARE_BYTES), first)
  }

  /** A Device by popularity; the next after it whose flag is as asked, when that matters. */
  #popular(isRestricted?: boolean): number {
    const n = rankAt(this.#random.next(), this.#fleet.spec.devices)
    return isRestricted === undefined ? n : this.#fleet.nextWhere(isRestricted, n)
  }

  #item(message: BenchMessage, device: number): TrafficItem {
    const direction = message.target === '/' ? 'northbound' : 'southbound'
    const isStopped = message.isStoppedWhenRestricted && this.#fleet.isRestricted(device)
    return { message, direction, device, expected: isStopped ? whenStopped(message) : 'forwarded' }
  }
}

function whenStopped({ target, sort }: BenchMessage): Expected {
  if (target !== '/') return 'rejected'
  return sort === 'data-response' ? 'substituted' : 'withheld'
}
