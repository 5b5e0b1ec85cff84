/** The load generator as a process of its own. */
import { constants, setPriority } from 'node:os'
import { Driver, type RunReport, type Until } from '../../src/cli/load/driver.ts'
import type { Address } from '../../src/cli/load/lean-connection.ts'
import { ShippedTraffic } from '../workload/shipments.ts'
import { hashOf, type TrafficName, type TrafficSpec } from '../workload/traffic.ts'
import { answerCalls } from './calls.ts'

/** What a traffic is made of. */
export interface TrafficSummary {
  readonly hash: string
  readonly messages: number
  readonly meanBytes: number
}

/** What is sent, to whom. */
export interface Visit {
  readonly traffic: TrafficName
  /** Southbound and northbound listener. */
  readonly lanes: readonly Address[]
  readonly decides: boolean
  /** Connections to each listener. */
  readonly maxConnections: number
}

export interface RunOrder {
  readonly until: Until
  readonly load:
    | { readonly kind: 'closed'; readonly inFlight: number }
    | { readonly kind: 'open'; readonly rate: number }
}

export type GeneratorCalls = {
  /** Makes a traffic; it stays until the process ends. */
  make(spec: TrafficSpec): TrafficSummary
  /** Begins a visit: the runs that follow share its connections. */
  open(visit: Visit): void
  run(order: RunOrder): Promise<RunReport>
  /** Ends the connections of the visit. */
  close(options: object): void
}

const traffics = new Map<TrafficName, ShippedTraffic>()
let driver: Driver | undefined

/** At the lowest priority, beside others on its core, it may get little of it for long: that is no message lost. */
const GRACE_MS = 120_000

const calls: GeneratorCalls = {
  make(spec) {
    const traffic = new ShippedTraffic(spec)
    traffics.set(spec.name, traffic)
    const bytes = traffic.items.reduce((sum, { message }) => sum + message.body.length, 0)
    return { hash: hashOf(traffic.items), messages: spec.messages, meanBytes: bytes / spec.messages }
  },
  open({ traffic, lanes, decides, maxConnections }) {
    const shipped = traffics.get(traffic)
    if (!shipped) throw new Error(`the traffic ${traffic} has not been made`)
    const next = shipped.source({ decides })
    driver = new Driver({ lanes, next, maxConnections, keepsConnections: true, graceMs: GRACE_MS })
  },
  run({ until, load }) {
    if (!driver) throw new Error('no visit has begun')
    return load.kind === 'closed' ? driver.runClosed(load.inFlight, until) : driver.runOpen(load.rate, until)
  },
  close() {
    driver?.close()
    driver = undefined
  },
}

// It polls for the next message's time; where it shares a core with the upstream, polling must not keep a reply waiting.
setPriority(constants.priority.PRIORITY_LOW)
answerCalls(calls)
