/** Starts what stands between generator and upstream on a rung, as a group of processes that can be put to rest. */

import type { Address } from '../../src/cli/load/lean-connection.ts'
import { BenchProcess } from '../processes/calls.ts'
import type { FarSidePorts } from '../processes/far-side.ts'
import type { GatewayCalls } from '../processes/gateway.ts'
import type { PipeCalls } from '../processes/pipe.ts'
import type { Certificates } from '../support/certificates.ts'
import { type Cores, companyOn } from '../support/pinning.ts'
import type { ProcessGroup } from '../support/process-group.ts'
import type { FleetSpec } from '../workload/fleet.ts'
import { startPeer } from './peers.ts'
import type { GatewayBetween, Rung } from './rungs.ts'

/** What stands in between for one rung, running. */
export interface Standing {
  /** Whose usage is that of the rung: the far side's own where nothing stands in between. */
  readonly pid: number
  /** Southbound and northbound listener. */
  readonly lanes: readonly Address[]
  /** Absent where nothing stands in between. */
  readonly group?: ProcessGroup
}

/** What surrounds it. */
export interface Surroundings {
  /** For its files; its own. */
  readonly folder: string
  readonly fleet: FleetSpec
  readonly cores: Cores | undefined
  readonly farSide: { readonly pid: number; readonly ports: FarSidePorts }
  readonly certificates: Certificates
}

/** Rejects when it does not start; nothing of it is left then. */
export async function startBetween(rung: Rung, around: Surroundings): Promise<Standing> {
  const { between } = rung
  const { folder, fleet, farSide, certificates } = around
  const farSidePort = portOf(rung, farSide.ports)
  const cores = coresOf(rung, around.cores)
  const tls = rung.farSide === 'tls' ? certificates : undefined
  switch (between.kind) {
    case 'nothing':
      return { pid: farSide.pid, lanes: lanesTo(tls, farSidePort) }
    case 'pipe': {
      const pipe = new BenchProcess<PipeCalls>('pipe.ts', { leadsGroup: true, cores })
      const { port } = await orEnded(pipe, pipe.call('start', { farSidePort }))
      return { ...standing(pipe.group), lanes: lanesTo(tls, port) }
    }
    case 'gateway': {
      const { nodeFlags, tree, ...asked } = between
      const gateway = new BenchProcess<GatewayCalls>('gateway.ts', {
        leadsGroup: true,
        ...{ cores, nodeFlags, tree },
      })
      const start = { ...startOf(asked), tls: tls?.files, fleet, farSidePort, folder }
      const ports = await orEnded(gateway, gateway.call('start', start))
      return { ...standing(gateway.group), lanes: lanesTo(tls, ports.southbound, ports.northbound) }
    }
    case 'peer': {
      const setting = { folder, farSidePort, fleet, cores, tls: tls?.files }
      const { group, port } = await startPeer(between.peer, setting)
      return { ...standing(group), lanes: lanesTo(tls, port) }
    }
  }
}

/** Who else may run on the cores of what is measured while it is; empty: it was alone. */
export function companyOf(rung: Rung, cores: Cores | undefined): string[] {
  const own = coresOf(rung, cores)
  if (own === undefined || cores === undefined) return ['whatever else runs: nothing is pinned']
  const { generator, farSide } = cores
  return companyOn(own, rung.between.kind === 'nothing' ? { generator } : { generator, upstream: farSide })
}

function coresOf({ between }: Rung, cores: Cores | undefined): string | undefined {
  if (between.kind === 'nothing') return cores?.farSide
  return between.kind === 'gateway' && between.workers === 2 ? cores?.twoWorkers : cores?.gateway
}

function startOf({ table, workers, index, peerConnections }: GatewayBetween) {
  return { table, workers: workers ?? 1, index: index ?? true, peerConnections }
}

function standing(group: ProcessGroup): Pick<Standing, 'pid' | 'group'> {
  return { pid: group.pid, group }
}

/** A process that does not start would keep this one alive. */
function orEnded<Started>(process: { stop(): Promise<void> }, started: Promise<Started>): Promise<Started> {
  return started.catch(async (error: unknown) => {
    await process.stop()
    throw error
  })
}

function portOf({ farSide }: Rung, ports: FarSidePorts): number {
  const port = ports[farSide ?? 'plain']
  if (port === undefined) throw new Error(`the upstream does not listen for ${farSide ?? 'plain text'}`)
  return port
}

function lanesTo(tls: Certificates | undefined, southbound: number, northbound = southbound): Address[] {
  return [southbound, northbound].map((port) => ({
    host: '127.0.0.1',
    port,
    ...(tls && { tls: tls.generator }),
  }))
}
