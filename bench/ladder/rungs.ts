/** The rungs of the ladder, from nothing in between to the whole product, and the peers beside it. */
import type { TrafficName } from '../workload/traffic.ts'
import { PEERS, type Peer } from './peers.ts'
import { ONE_WORKER, TWO_WORKERS } from './two-workers.ts'

/** What stands between the load generator and the upstream. */
type Between =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'pipe' }
  | {
      readonly kind: 'gateway'
      readonly table: 'shipped' | 'passes-everything'
      /** One when absent. */
      readonly workers?: 2
      /** Absent: the index of flags is there, as in the product. */
      readonly index?: false
    }
  | { readonly kind: 'peer'; readonly peer: Peer }

export interface Rung {
  readonly name: string
  readonly about: string
  readonly traffic: TrafficName
  readonly between: Between
  /** Whether messages are stopped when their Device is Restricted. */
  readonly decides: boolean
  /** Messages in flight at saturation. */
  readonly inFlight: number
  /** Share of the fixed rate that it gets: large bodies are rarer. */
  readonly rateShare: number
}

const SHIPPED = { kind: 'gateway', table: 'shipped' } as const
const ORDINARY = { decides: true, inFlight: 32, rateShare: 1 } as const

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
    name: 'pipe',
    about: 'a relay on node:net that reads nothing',
    traffic: 'requests',
    between: { kind: 'pipe' },
    decides: false,
  },
  {
    ...ORDINARY,
    name: 'read',
    about: 'the gateway with a table that lets everything pass: messages are read, no flag is looked up',
    traffic: 'requests',
    between: { kind: 'gateway', table: 'passes-everything' },
    decides: false,
  },
  {
    ...ORDINARY,
    name: 'flag-hit',
    about: 'the gateway; flags are known from memory',
    traffic: 'requests',
    between: SHIPPED,
  },
  {
    ...ORDINARY,
    name: 'flag-miss',
    about: 'the gateway without its index; every flag is asked for the first time',
    traffic: 'distinct-reads',
    between: { ...SHIPPED, index: false },
  },
  {
    ...ORDINARY,
    name: 'reject',
    about: 'the gateway; every message is rejected',
    traffic: 'rejects',
    between: SHIPPED,
  },
  {
    ...ORDINARY,
    name: 'alert',
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
]

/** A peer forwards; one that filters also rejects, as a rung of its own. */
export const PEER_RUNGS: readonly Rung[] = PEERS.flatMap((peer) => {
  const rung = { ...ORDINARY, between: { kind: 'peer', peer }, decides: peer.decides } as const
  const forwards: Rung = { ...rung, name: peer.name, about: peer.about, traffic: 'requests' }
  const rejects: Rung = {
    ...rung,
    name: `${peer.name}/reject`,
    about: `${peer.about}; every message is rejected`,
    traffic: 'rejects',
  }
  return peer.decides ? [forwards, rejects] : [forwards]
})
