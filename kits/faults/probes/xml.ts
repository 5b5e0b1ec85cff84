/** X4, X6, X11: entities, floods and the largest messages against `duisgate serve`. */

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { DuisReader } from '../../../src/core/duis/reader.ts'
import { ATTACKS, bodyWith, MEGABYTE } from '../../../test/reader/attacks.ts'
import { firmwareUpdate } from '../../../test/support/large-messages.ts'
import { plans } from '../../../test/support/plans.ts'
import { startStubDsp } from '../../../test/support/stub-dsp.ts'
import { readOf } from '../messages.ts'
import type { ProbeScope, Seen } from '../row.ts'
import { newFolder, post, quantile, ServedGateway, type ServeOptions } from '../served-gateway.ts'

/** What a socket gives at once. */
const PIECE_BYTES = 65_536
/** How many times as much CPU a hostile message may take as an ordinary one, or a megabyte of it as one of an ordinary one. */
const TIMES = 4
/** Memory is what is needed then, and not what the engine leaves lying while there is room. */
const SMALL_HEAP = ['--max-old-space-size=128', '--max-semi-space-size=4']

async function start(scope: ProbeScope, options: Pick<ServeOptions, 'launcher' | 'nodeArguments'> = {}) {
  const dsp = await startStubDsp()
  scope.teardown(() => dsp.close())
  const settings = [`southbound.dspUrl=${dsp.url.origin}`]
  const gateway = await ServedGateway.start(scope, { settings, ...options })
  return { dsp, gateway }
}

/** X4: what a parser that resolves entities would open, fetch or blow up. */
export async function entities(scope: ProbeScope): Promise<Seen> {
  const folder = newFolder(scope)
  const secret = join(folder, 'secret.txt')
  writeFileSync(secret, 'a secret')
  const listener = await startListener(scope)
  const traced = join(folder, 'trace')
  const trace = ['strace', '-D', '-f', '-qq', '-e', 'trace=open,openat,connect', '-o', traced]
  const [plain, watched] = [await start(scope), await start(scope, { launcher: trace })]
  const payloads = payloadsOf(secret, listener.port)
  const rounds = scope.isQuick ? 10 : 100
  const from = readFileSync(traced, 'utf8').length
  const statuses = await sendAll(watched.gateway, payloads)
  const opened = readFileSync(traced, 'utf8').slice(from)
  for (let round = 0; round < rounds; round++) await sendAll(plain.gateway, payloads)
  const before = { cpu: cpuOf(plain.gateway), memory: plain.gateway.memory('VmRSS') }
  statuses.push(...(await sendAll(plain.gateway, payloads)))
  const grown = Math.max(0, plain.gateway.memory('VmRSS') - before.memory)
  for (let round = 1; round < rounds; round++) statuses.push(...(await sendAll(plain.gateway, payloads)))
  const cpu = (cpuOf(plain.gateway) - before.cpu) / (rounds * payloads.length)
  const ordinary = await cpuOfOrdinary(plain.gateway, rounds * payloads.length)
  const touched = opened
    .split('\n')
    .filter((line) => line.includes(folder) || line.includes(`htons(${listener.port})`))
  const refused = statuses.filter((status) => status === 400).length
  return {
    holds:
      refused === statuses.length &&
      touched.length === 0 &&
      listener.count() === 0 &&
      cpu <= TIMES * ordinary &&
      grown <= 5,
    figure: `${refused} of ${statuses.length} refused, ${touched.length} files opened, ${listener.count()} connections made, ${cpu.toFixed(1)} ms CPU each (${ordinary.toFixed(1)} an ordinary message), memory +${grown.toFixed(1)} MB for one of each`,
  }
}

async function startListener(scope: ProbeScope) {
  let count = 0
  const server = createServer((socket) => {
    count++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  scope.teardown(() => server.close())
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, count: () => count }
}

function payloadsOf(file: string, port: number): readonly string[] {
  const from = (subset: string) =>
    readOf().replace('<sr:Request', `<!DOCTYPE sr:Request ${subset}><sr:Request`)
  const url = `http://127.0.0.1:${port}/x`
  const tens = Array.from(
    { length: 12 },
    (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`,
  )
  return [
    from(`[<!ENTITY l0 "lol">${tens.join('')}]`).replace('<sr:Body>', '<sr:Body>&l12;'),
    from(`[<!ENTITY long "${'x'.repeat(50_000)}">]`).replace(
      '<sr:Body>',
      `<sr:Body>${'&long;'.repeat(10_000)}`,
    ),
    from(`[<!ENTITY file SYSTEM "file://${file}">]`).replace('<sr:Body>', '<sr:Body>&file;'),
    from(`[<!ENTITY web SYSTEM "${url}">]`).replace('<sr:Body>', '<sr:Body>&web;'),
    from(`[<!ENTITY % outer SYSTEM "${url}"> %outer;]`),
    from(`SYSTEM "${url}"`),
    from(`PUBLIC "-//x//y" "file://${file}"`),
  ]
}

async function sendAll(gateway: ServedGateway, messages: readonly (string | Buffer)[]): Promise<number[]> {
  const statuses: number[] = []
  for (const message of messages) statuses.push((await gateway.send(message)).status)
  return statuses
}

/** Milliseconds of CPU for each of so many messages that are carried. */
async function cpuOfOrdinary(gateway: ServedGateway, count: number): Promise<number> {
  const from = cpuOf(gateway)
  for (let sent = 0; sent < count; sent++) await gateway.send(readOf(undefined, sent))
  return (cpuOf(gateway) - from) / count
}

/** Milliseconds of CPU that the process has had. */
function cpuOf({ pid }: ServedGateway): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** X5, X6: each flood of the reader's tests, to a gateway; and how long the reader alone takes for a piece of one. */
export async function floods(scope: ProbeScope): Promise<Seen> {
  const { gateway } = await start(scope, { nodeArguments: SMALL_HEAP })
  const chosen = scope.isQuick ? ATTACKS.filter((_, index) => index % 4 === 0) : ATTACKS
  for (let round = 0; round < 200; round++) await gateway.send(readOf(undefined, round))
  await gateway.send(firmwareUpdate(10 * MEGABYTE))
  const ordinary = bodyWith('<sr:a>text</sr:a>'.repeat((8 * MEGABYTE) / 17))
  const ordinaryPace = (await paceOf(gateway, ordinary)).pace
  const memory = gateway.memory('VmRSS')
  const paces: number[] = []
  const unlike: string[] = []
  for (const { name, message, fault } of chosen) {
    const { status, pace } = await paceOf(gateway, message)
    if (message.length > MEGABYTE) paces.push(pace)
    if (status === 200 && fault !== undefined) unlike.push(`${name}: ${status}`)
  }
  const grown = Math.max(0, gateway.memory('VmHWM') - memory)
  const step = Math.max(...chosen.map(({ message }) => longestStep(message)))
  const [most, ordinaryStep] = [Math.max(...paces), longestStep(ordinary)]
  return {
    holds: unlike.length === 0 && most <= TIMES * ordinaryPace && step <= TIMES * ordinaryStep && grown <= 32,
    figure: `${chosen.length} floods, ${unlike.length} of the bad ones passed, at most ${most.toFixed(0)} ms CPU a MB (${ordinaryPace.toFixed(0)} an ordinary message of many elements), longest piece of 64 kB ${step.toFixed(1)} ms (${ordinaryStep.toFixed(1)}), memory +${grown.toFixed(0)} MB at most`,
  }
}

/** Milliseconds of CPU for each megabyte of the message. */
async function paceOf(gateway: ServedGateway, message: Buffer): Promise<{ status: number; pace: number }> {
  const from = cpuOf(gateway)
  const { status } = await post(gateway.portOf('southbound'), message)
  return { status, pace: ((cpuOf(gateway) - from) * MEGABYTE) / message.length }
}

/** Milliseconds CPU for the slowest piece of a message; the best of three readings, for some have the garbage of others. */
function longestStep(message: Buffer): number {
  const readings = Array.from({ length: 3 }, () => {
    const reader = new DuisReader(plans.southbound)
    let longest = 0
    for (let at = 0; at < message.length; at += PIECE_BYTES) {
      const from = process.threadCpuUsage()
      const goesOn = reader.write(message.subarray(at, at + PIECE_BYTES))
      const { user, system } = process.threadCpuUsage(from)
      longest = Math.max(longest, (user + system) / 1_000)
      if (!goesOn) break
    }
    return longest
  })
  return Math.min(...readings)
}

/** Milliseconds of small messages, one every five, until the work is done. */
async function beside(gateway: ServedGateway, work: Promise<unknown>): Promise<readonly number[]> {
  let isOver = false
  const over = work.finally(() => {
    isOver = true
  })
  const times: number[] = []
  while (!isOver) {
    times.push((await gateway.send(readOf(undefined, times.length))).ms)
    await pause(5)
  }
  await over
  return times
}

/** X11: the largest legal messages, twenty at once. */
export async function largest(scope: ProbeScope): Promise<Seen> {
  const { dsp, gateway } = await start(scope, { nodeArguments: SMALL_HEAP })
  const message = Buffer.from(firmwareUpdate(13_653_336, 50_000))
  const digest = sha256(message)
  await beside(gateway, pause(1_000))
  const before = quantile(await beside(gateway, pause(1_000)), 0.99)
  const count = scope.isQuick ? 5 : 20
  const statuses: number[] = []
  const send = async () => void statuses.push((await post(gateway.portOf('southbound'), message)).status)
  const during = await beside(gateway, Promise.all(Array.from({ length: count }, send)))
  const large = dsp.deliveries.filter(({ body }) => body.length > MEGABYTE)
  const whole = large.filter(({ body }) => sha256(body) === digest).length
  const peak = gateway.memory('VmHWM')
  return {
    holds: whole === count && statuses.every((status) => status === 200) && peak <= 256,
    figure: `${whole} of ${count} of ${(message.length / 1e6).toFixed(2)} MB byte for byte, memory at most ${peak.toFixed(0)} MB, p99 of small messages ${quantile(during, 0.99).toFixed(1)} ms (${before.toFixed(1)} before; client and upstream share the machine)`,
  }
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
