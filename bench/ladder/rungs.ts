/** The rungs of the ladder, from nothing in between to the whole product, and the peers beside it. */
import type { TrafficName } from '../workload/traffic.ts'
import { PEERS, type Peer } from './peers.ts'
import { ONE_WORKER, TWO_WORKERS } from './two-workers.ts'

/** Names that bars and guard go by. */
export const RELAY = 'pipe'
export const FORWARDED = 'flag-hit'
export const REJECTED = 'reject'
export const ALERTED = 'alert'
/** Ends the names of rungs of another checkout. */
export const BEFORE = '/before'

export interface GatewayBetween {
  readonly table: 'shipped' | 'passes-everything'
  /** One when absent. */
  readonly workers?: 2
  /** Absent: the index of flags is there, as in the product. */
  readonly index?: false
  /** Connections that it may have to the upstream; as in the product when absent. */
  readonly peerConnections?: number
  readonly nodeFlags?: readonly string[]
  /** Folder of another checkout, whose gateway it is; this one's when absent. */
  readonly tree?: string
}

/** What stands between the load generator and the upstream. */
type Between =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'pipe' }
  | ({ readonly kind: 'gateway' } & GatewayBetween)
  | { readonly kind: 'peer'; readonly peer: Peer }

export interface Rung {
  readonly name: string
  readonly about: string
  readonly traffic: TrafficName
  readonly between: Between
  /** Absent: it answers at once, in plain text. `tls`: TLS on both sides of what stands in between. */
  readonly farSide?: 'thinks' | 'tls'
  /** Whether messages are stopped when their Device is Restricted. */
  readonly decides: boolean
  /** Messages in flight at saturation. */
  readonly inFlight: number
  /** Connections of the generator to each listener. */
  readonly maxConnections: number
  /** Share of the fixed rate that it gets: large bodies are rarer. */
  readonly rateShare: number
  /** Which latencies are measured, beside its cost at saturation. */
  readonly latencies: readonly ('fixed' | 'half')[]
}

const SHIPPED = { kind: 'gateway', table: 'shipped' } as const
const ORDINARY = {
  decides: true,
  inFlight: 32,
  maxConnections: 128,
  rateShare: 1,
  latencies: ['fixed'],
} as const
const AT_BOTH_RATES = { latencies: ['fixed', 'half'] } as const
const COST_ONLY = { latencies: [] } as const

/** An upstream that takes 20 ms needs this many connections to be kept busy at some 35,000 messages a second. */
const THINKING = { farSide: 'thinks', inFlight: 768, maxConnections: 768 } as const
const THOUGHTFUL = 'an upstream that takes 20 ms'

export const LADDER: readonly Rung[] = [
  {
    ...ORDINARY,
    name: 'direct',
    about: 'no gateway: generator and upstream alone',
    traffic: 'requests',
    between: { kind: 'nothing' },
    decides: false,
  },
  {
    ...ORDINARY,
    ...AT_BOTH_RATES,
    name: RELAY,
    about: 'a relay on node:net that reads nothing',
    traffic: 'requests',
    between: { kind: 'pipe' },
    decides: false,
  },
  {
    ...ORDINARY,
    ...COST_ONLY,
    name: 'read',
    about: 'the gateway with a table that lets everything pass: messages are read, no flag is looked up',
    traffic: 'requests',
    between: { kind: 'gateway', table: 'passes-everything' },
    decides: false,
  },
  {
    ...ORDINARY,
    ...AT_BOTH_RATES,
    name: FORWARDED,
    about: 'the gateway; flags are known from memory',
    traffic: 'requests',
    between: SHIPPED,
  },
  {
    ...ORDINARY,
    ...COST_ONLY,
    name: 'flag-miss',
    about: 'the gateway without its index; every flag is asked for the first time',
    traffic: 'distinct-reads',
    between: { ...SHIPPED, index: false },
  },
  {
    ...ORDINARY,
    name: REJECTED,
    about: 'the gateway; every message is rejected',
    traffic: 'rejects',
    between: SHIPPED,
  },
  {
    ...ORDINARY,
    name: ALERTED,
    about: 'the gateway, northbound',
    traffic: 'alerts',
    between: SHIPPED,
  },
  {
    ...ORDINARY,
    name: 'large-body',
    about: 'the gateway; bodies of 1 MiB are streamed',
    traffic: 'large-bodies',
    between: SHIPPED,
    inFlight: 4,
    rateShare: 0.01,
  },
  {
    ...ORDINARY,
    ...AT_BOTH_RATES,
    name: ONE_WORKER,
    about: 'the gateway; both directions, Restricted Devices as they come',
    traffic: 'mix',
    between: SHIPPED,
  },
  {
    ...ORDINARY,
    name: TWO_WORKERS,
    about: 'the same with two worker processes, on two cores',
    traffic: 'mix',
    between: { ...SHIPPED, workers: 2 },
    inFlight: 64,
  },
  {
    ...ORDINARY,
    ...AT_BOTH_RATES,
    name: `${FORWARDED}/one-gc-thread`,
    about: 'the gateway with --single-threaded-gc: garbage is collected by its main thread alone',
    traffic: 'requests',
    between: { ...SHIPPED, nodeFlags: ['--single-threaded-gc'] },
  },
  {
    ...ORDINARY,
    name: `${FORWARDED}/tls`,
    about: 'the gateway, mutual TLS on both sides',
    traffic: 'requests',
    between: SHIPPED,
    farSide: 'tls',
  },
  {
    ...ORDINARY,
    ...THINKING,
    name: `${RELAY}/20ms`,
    about: `the relay, ${THOUGHTFUL}`,
    traffic: 'requests',
    between: { kind: 'pipe' },
    decides: false,
  },
  {
    ...ORDINARY,
    ...THINKING,
    name: `${FORWARDED}/20ms`,
    about: `the gateway with up to 768 connections to ${THOUGHTFUL}`,
    traffic: 'requests',
    between: { ...SHIPPED, peerConnections: 768 },
  },
]

/** The same gateway from another checkout, for what a change brought: `--against-tree`. */
export function rungsBefore(tree: string): Rung[] {
  return LADDER.filter(({ name }) => [FORWARDED, REJECTED, ALERTED].includes(name)).map((rung) => ({
    ...rung,
    ...COST_ONLY,
    name: `${rung.name}${BEFORE}`,
    about: `${rung.about}; as in the other checkout`,
    between: { ...SHIPPED, tree },
  }))
}

/** Peers of the bars: they filter, and their latency is measured. */
export const FILTERS = ['haproxy-filter', 'haproxy-lua', 'nginx-lua']

/** A peer forwards; one that filters also rejects, as a rung of its own, and two meet the gateway's harder rungs. */
export const PEER_RUNGS: readonly Rung[] = PEERS.flatMap((peer) => {
  const rung = {
    ...ORDINARY,
    ...(FILTERS.includes(peer.name) ? {} : COST_ONLY),
    between: { kind: 'peer', peer },
    decides: peer.decides,
    traffic: 'requests',
  } as const
  const forwards: Rung = { ...rung, name: peer.name, about: peer.about }
  const rejects: Rung = {
    ...rung,
    ...COST_ONLY,
    name: `${peer.name}/reject`,
    about: `${peer.about}; every message is rejected`,
    traffic: 'rejects',
  }
  const secure: Rung = {
    ...rung,
    name: `${peer.name}/tls`,
    about: `${peer.about}, mutual TLS on both sides`,
    farSide: 'tls',
  }
  const patient: Rung = {
    ...rung,
    ...THINKING,
    name: `${peer.name}/20ms`,
    about: `${peer.about}, ${THOUGHTFUL}`,
  }
  return [
    forwards,
    ...(peer.decides ? [rejects] : []),
    ...(['haproxy-filter', 'nginx-lua'].includes(peer.name) ? [secure] : []),
    ...(peer.name === 'haproxy-filter' ? [patient] : []),
  ]
})
