/** F1 to F5: a standby is promoted again and again, loses what it was not sent, is lost, is promoted beside its primary, or is all there is. */
import type { ReplicatedServer } from '../../../test/support/replicated-postgres.ts'
import { storeUrl } from '../../../test/support/replicated-postgres.ts'
import { startHaproxy } from '../../../test/support/store-fronts.ts'
import { CLEAR, FailOverPlace, meterOf, startGateway, Traffic } from '../fail-over-place.ts'
import { disableSupply, isReadOf, readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { msUntil, quantile } from '../served-gateway.ts'

/** Longest that either plane may take to go on; a figure, and no bar. */
const PATIENCE_MS = 30_000

/** The primary is killed while flags are set, its synchronous standby promoted, and it is made anew as the standby. */
export function promotions(scope: ProbeScope): Promise<Seen> {
  return promoteAgainAndAgain(scope, scope.isQuick ? 2 : 20, (cluster) => cluster.url())
}

/** The same behind HAProxy, which asks each server whether it is the primary. */
export function promotionsBehindProxy(scope: ProbeScope): Promise<Seen> {
  return promoteAgainAndAgain(scope, scope.isQuick ? 1 : 3, async (cluster) => {
    const { port } = await startHaproxy(scope, [cluster.server(1), cluster.server(0)])
    return storeUrl(`127.0.0.1:${port}`)
  })
}

async function promoteAgainAndAgain(
  scope: ProbeScope,
  rounds: number,
  store: (cluster: FailOverPlace['cluster']) => string | Promise<string>,
): Promise<Seen> {
  const place = await FailOverPlace.start(scope, { isSynchronous: true, store })
  const { cluster, gateway } = place
  await goesOn(place)
  const traffic = new Traffic(place)
  const back: Back[] = []
  for (let round = 0; round < rounds; round++) {
    const [primary, standby] = [cluster.server(round % 2), cluster.server((round + 1) % 2)]
    const changes = setFlagsUntil(place, () => !primary.isRunning)
    const enough = place.answered.length + 2 + (round % 3)
    await msUntil(PATIENCE_MS, () => place.answered.length >= enough)
    await primary.stop('immediate')
    await changes
    const promoted = cluster.promote(standby)
    const [went] = await Promise.all([goesOn(place), promoted.then(() => rebuild(place, primary, standby))])
    back.push(went)
  }
  const { leaked, stopped, messages, putOff } = await traffic.end()
  const lost = await place.lost()
  const isBack = back.every(wentOn)
  const seen = `${rounds} promotions: ${place.answered.length} changes answered, ${place.inForce.size} of them waited for until in force, ${lost} lost, ${leaked} reads let through after in force, ${stopped} supply messages stopped, ${putOff} of ${messages} messages put off; after the promotion gateway back in ${times(back.map((one) => one.gatewayMs))}, control plane in ${times(back.map((one) => one.planeMs))}, a change in force again in ${times(back.map((one) => one.inForceMs))}; in the log ${logOf(gateway)}`
  return { holds: lost === 0 && leaked === 0 && stopped === 0 && isBack, figure: seen }
}

/** Infinity: not within the time that is waited. */
interface Back {
  readonly gatewayMs: number
  readonly planeMs: number
  readonly inForceMs: number
}

/** From now until a read of a Device without a flag goes on, a flag is set, and one that was set is in force. */
async function goesOn(place: FailOverPlace): Promise<Back> {
  const from = performance.now()
  const isClear = async () => (await place.gateway.send(readOf(CLEAR))).status === 204
  const gateway = msUntil(PATIENCE_MS, isClear)
  const planeMs = await msUntil(PATIENCE_MS, async () => (await place.setFlag()) === 201)
  const flag = place.answered.at(-1)
  const isInForce = flag !== undefined && (await place.becomesInForce(flag, PATIENCE_MS))
  return {
    gatewayMs: (await gateway) ?? Number.POSITIVE_INFINITY,
    planeMs: planeMs ?? Number.POSITIVE_INFINITY,
    inForceMs: isInForce ? performance.now() - from : Number.POSITIVE_INFINITY,
  }
}

/** The primary that was stopped follows the new one, whose commits wait for it. */
async function rebuild(
  { cluster }: FailOverPlace,
  stopped: ReplicatedServer,
  primary: ReplicatedServer,
): Promise<void> {
  await cluster.follow(stopped, primary)
  await cluster.confirmBy(primary, [stopped])
}

function wentOn({ gatewayMs, planeMs, inForceMs }: Back): boolean {
  return Number.isFinite(gatewayMs + planeMs + inForceMs)
}

async function setFlagsUntil(place: FailOverPlace, isOver: () => boolean): Promise<void> {
  while (!isOver()) await place.setFlag()
}

function times(sample: readonly number[]): string {
  const [half, most] = [quantile(sample, 0.5), Math.max(...sample)].map((ms) => (ms / 1_000).toFixed(1))
  return `${half} s (at most ${most})`
}

/** The lines above info that name the store, and how often each came. */
function logOf({ lines }: FailOverPlace['gateway']): string {
  const counts = new Map<string, number>()
  for (const { level, msg } of lines)
    if (level > 30 && msg.includes('store')) counts.set(msg, (counts.get(msg) ?? 0) + 1)
  return [...counts].map(([msg, count]) => `${count}× "${msg}"`).join(', ') || 'nothing'
}

/** A flag that the standby was never sent is in force when its primary is lost. */
export async function lostChange(scope: ProbeScope): Promise<Seen> {
  const place = await FailOverPlace.start(scope)
  const { cluster, gateway, dsp } = place
  const [primary, standby] = [cluster.server(0), cluster.server(1)]
  await goesOn(place)
  await cutOff(standby)
  await place.setFlag()
  const flag = place.answered.at(-1)
  const isInForce = flag !== undefined && (await place.becomesInForce(flag))
  const before = dsp.deliveries.length
  await primary.stop('immediate')
  await cluster.promote(standby)
  const alarm = gateway.logged('the store went back in time').then(() => true)
  const isTold = await Promise.race([alarm, msUntil(PATIENCE_MS, () => false)])
  const meter = meterOf(flag?.home ?? 0)
  const read = (await gateway.send(readOf(meter))).status
  const supply = (await gateway.send(disableSupply(meter))).status
  const leaked = dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, meter)).length
  const isReady = await gateway.isReady()
  return {
    holds: isInForce && isTold === true && read === 503 && supply === 204 && leaked === 0 && !isReady,
    figure: `1 change lost with its primary: ${isTold ? 'told' : 'not told'}, ${leaked} leaked, read ${read}, supply ${supply}, ready ${isReady}`,
  }
}

/** It receives nothing any more. */
async function cutOff(standby: ReplicatedServer): Promise<void> {
  await standby.set('primary_conninfo', "''")
  await msUntil(
    PATIENCE_MS,
    async () => (await standby.run('SELECT 1 FROM pg_stat_wal_receiver')).length === 0,
  )
}

/** The only synchronous standby is gone, and comes back. */
export async function lostStandby(scope: ProbeScope): Promise<Seen> {
  const place = await FailOverPlace.start(scope, { isSynchronous: true })
  const { gateway, cluster } = place
  const standby = cluster.server(1)
  await goesOn(place)
  const traffic = new Traffic(place)
  await standby.stop()
  const asked = await place.setFlag()
  const isOff = async () => (await gateway.send(readOf(CLEAR))).status === 503
  const putOffMs = await msUntil(PATIENCE_MS, isOff)
  const supply = (await gateway.send(disableSupply(CLEAR))).status
  await standby.start()
  const back = await goesOn(place)
  const { leaked, stopped } = await traffic.end()
  const lost = await place.lost()
  return {
    holds:
      asked === 503 &&
      putOffMs !== undefined &&
      supply === 204 &&
      leaked + stopped + lost === 0 &&
      wentOn(back),
    figure: `without its standby: a change answered ${asked}, reads put off, supply ${supply}; ${leaked} leaked, ${stopped} safety messages stopped; with it back reads go on after ${(back.gatewayMs / 1_000).toFixed(1)} s, changes after ${(back.planeMs / 1_000).toFixed(1)} s, ${lost} lost; in the log ${logOf(gateway)}`,
  }
}

/** A synchronous standby is promoted while the old primary goes on running, and one gateway knows that one alone. */
export async function unfenced(scope: ProbeScope): Promise<Seen> {
  const place = await FailOverPlace.start(scope, { isSynchronous: true })
  const { cluster, dsp } = place
  const [old, promoted] = [cluster.server(0), cluster.server(1)]
  const left = await startGateway(scope, cluster.url([old]), dsp, [
    'gatewayId=left-behind',
    'controlPlane.isOn=false',
  ])
  await goesOn(place)
  const isClear = async () => (await left.send(readOf(CLEAR))).status === 204
  await msUntil(PATIENCE_MS, isClear)
  await cluster.promote(promoted)
  const back = await goesOn(place)
  const flag = place.answered.at(-1)
  const meter = meterOf(flag?.home ?? 0)
  const before = dsp.deliveries.length
  const answers = new Map<number, number>()
  for (let count = 0; count < 20; count++) {
    const { status } = await left.send(readOf(meter))
    answers.set(status, (answers.get(status) ?? 0) + 1)
  }
  const leaked = dsp.deliveries.slice(before).filter(({ body }) => isReadOf(body, meter)).length
  const supply = (await left.send(disableSupply(meter))).status
  return {
    holds: leaked === 0 && supply === 204 && wentOn(back),
    figure: `the promoted one's change in force after ${(back.inForceMs / 1_000).toFixed(1)} s; 20 reads at the gateway that was left with the old primary: ${[...answers].map(([status, count]) => `${count}× ${status}`).join(', ')}, ${leaked} let through, supply ${supply}; its log: ${logOf(left)}`,
  }
}

/** `store` names a standby alone, until that is promoted. */
export async function onlyStandby(scope: ProbeScope): Promise<Seen> {
  const place = await FailOverPlace.start(scope)
  const { cluster, dsp } = place
  const standby = cluster.server(1)
  const gateway = await startGateway(scope, cluster.url([standby]), dsp, ['gatewayId=astray'])
  const read = (await gateway.send(readOf(CLEAR))).status
  const supply = (await gateway.send(disableSupply(CLEAR))).status
  const isReady = await gateway.isReady()
  const isNamed = gateway.said.some((line) => line.includes('this server is a standby'))
  await cluster.server(0).stop('immediate')
  await cluster.promote(standby)
  const backMs = await msUntil(PATIENCE_MS, async () => (await gateway.send(readOf(CLEAR))).status === 204)
  return {
    holds: read === 503 && supply === 204 && !isReady && isNamed && backMs !== undefined,
    figure: `on a standby: read ${read}, supply ${supply}, ready ${isReady}, ${isNamed ? 'named' : 'not named'} in the log; promoted, reads go on after ${((backMs ?? Number.NaN) / 1_000).toFixed(1)} s without a restart`,
  }
}
