/** F6 to F8: connections are ended, the password is another, and the server's disk is full. */
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PASSWORD, storeUrl } from '../../../test/support/replicated-postgres.ts'
import { type SmallDisk, smallDisk, whyNoSmallDisk } from '../../../test/support/small-disk.ts'
import { FailOverPlace, Traffic } from '../fail-over-place.ts'
import { NotHere, type ProbeScope, type Seen } from '../row.ts'
import { msUntil, newFolder } from '../served-gateway.ts'

const PATIENCE_MS = 30_000

/** `pg_terminate_backend` for every connection, again and again. */
export async function endedConnections(scope: ProbeScope): Promise<Seen> {
  const place = await FailOverPlace.start(scope, { standbys: 0 })
  const server = place.cluster.server(0)
  await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const traffic = new Traffic(place)
  const rounds = scope.isQuick ? 5 : 50
  let ended = 0
  for (let round = 0; round < rounds; round++) {
    const changed = place.setFlag()
    ended += (await server.run(END_ALL)).length
    await changed
  }
  const back = await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const { leaked, stopped, messages, putOff } = await traffic.end()
  const lost = await place.lost()
  const others = [...place.refused].map(([status, count]) => `${count}× ${status}`).join(', ') || 'none'
  return {
    holds: leaked + stopped + lost === 0 && back !== undefined,
    figure: `${ended} connections ended in ${rounds} rounds: ${place.answered.length} changes answered, ${lost} lost, other answers ${others}; ${leaked} leaked, ${stopped} safety messages stopped, ${putOff} of ${messages} messages put off`,
  }
}

const END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'duisgate'"

/** The password is changed, and in the passfile, which is all. */
export async function otherPassword(scope: ProbeScope): Promise<Seen> {
  const folder = newFolder(scope)
  const passfile = join(folder, 'pgpass')
  writePasswords(passfile, PASSWORD)
  const place = await FailOverPlace.start(scope, {
    standbys: 0,
    store: ({ servers }) =>
      storeUrl(servers.map(({ address }) => address).join(), `passfile=${passfile}`, ''),
  })
  const server = place.cluster.server(0)
  await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const [gatewayPid, planePid] = [place.gateway.pid, await planePidOf(place)]
  const traffic = new Traffic(place)
  await server.run("ALTER ROLE duisgate PASSWORD 'another'")
  await server.run(END_ALL)
  writePasswords(passfile, 'another')
  const from = performance.now()
  const planeMs = await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const flag = place.answered.at(-1)
  // In force: the gateway has reported.
  const isInForce = flag !== undefined && (await place.becomesInForce(flag))
  const gatewayMs = isInForce ? performance.now() - from : undefined
  const { leaked, stopped } = await traffic.end()
  const isSame = place.gateway.pid === gatewayPid && (await planePidOf(place)) === planePid
  return {
    holds: gatewayMs !== undefined && planeMs !== undefined && isSame && leaked + stopped === 0,
    figure: `by passfile: control plane back after ${text(planeMs)}, gateway after ${text(gatewayMs)}, ${isSame ? 'the same processes' : 'other processes'}, ${leaked} leaked`,
  }
}

async function planePidOf({ gateway }: FailOverPlace): Promise<number> {
  return (await gateway.logged('the control plane is listening')).pid ?? 0
}

function text(ms: number | undefined): string {
  return ms === undefined ? 'never' : `${(ms / 1_000).toFixed(1)} s`
}

function writePasswords(file: string, password: string): void {
  writeFileSync(`${file}.new`, `*:*:*:duisgate:${password.replaceAll(':', '\\:')}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** The disk of PostgreSQL is filled while flags are asked for and messages come, and has room again; a server that gave up is started. */
export async function fullStore(scope: ProbeScope): Promise<Seen> {
  const reason = whyNoSmallDisk()
  if (reason !== undefined) throw new NotHere(reason)
  let disk: SmallDisk | undefined
  const makeFolder = (path: string) => {
    disk = smallDisk(scope, path, '144m')
  }
  const place = await FailOverPlace.start(scope, { standbys: 0, makeFolder })
  await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const traffic = new Traffic(place)
  disk?.fill()
  const isFull = await msUntil(PATIENCE_MS, async () => [0, 503].includes(await place.setFlag()))
  const refused = [...place.refused.keys()].join(', ')
  disk?.free()
  const server = place.cluster.server(0)
  await server.run('SELECT 1').catch(async () => {
    await server.stop('immediate')
    await server.start()
  })
  const backMs = await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const { leaked, stopped } = await traffic.end()
  const lost = await place.lost()
  return {
    holds: isFull !== undefined && backMs !== undefined && leaked + stopped + lost === 0,
    figure: `full: changes answered ${refused || '201'}; ${leaked} leaked, ${stopped} safety messages stopped; with room changes again after ${text(backMs)}, ${lost} of ${place.answered.length} lost`,
  }
}
