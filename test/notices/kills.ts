/**
 * Senders that change flags and tell of it, killed at random points, two at a time. In the end the partner must have every change
 * of every flag, those of a Device in order, and repeats under the same ID.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { type DeviceKey, deviceKeyOf, formatEui64 } from '../../src/core/duis/eui64.ts'
import { openAt } from '../store/open-at.ts'
import { device } from '../store/place.ts'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'
import { type Arrival, TestPartner } from './partner.ts'
import { NORTH, startTelling, webhookTo } from './telling.ts'

export interface KillsOptions {
  readonly driver: 'sqlite' | 'postgres'
  /** As in `open-at.ts`. */
  readonly place: string
  readonly kills: number
  /** From 0 to 1. */
  readonly random: () => number
  readonly onKill?: (count: number) => void
}

export interface KillsReport {
  readonly changes: number
  /** Changes that the partner never heard of. */
  readonly lost: number
  readonly repeats: number
  /** Devices whose notices came in another order, or repeats under other IDs or with other bodies. */
  readonly disordered: readonly string[]
  /** From the last kill to the last notice. */
  readonly recoveryMs: number
}

interface Closing {
  teardown(work: () => unknown): void
}

const DEVICES = 40
/** How many changes a sender makes at most, and how long it lives after them at most. */
const CHANGES = 8
const LIFE_MS = 60
/** A notice that does not come within so long after the one before it is lost. */
const PATIENCE_MS = 30_000

export async function surviveKills(t: Closing, options: KillsOptions): Promise<KillsReport> {
  const { driver, place } = options
  const store = await openAt(driver, place)
  t.teardown(() => store.close())
  const keys = Array.from({ length: DEVICES }, (_, low) => deviceKeyOf(1, low))
  await store.change((unit) => unit.inventory.put(keys.map((key) => device(key, { region: 'North' }))))
  const partner = await TestPartner.start(t)
  const budget = { left: options.kills }
  await Promise.all([killing(t, options, partner, budget), killing(t, options, partner, budget)])
  const killedAt = performance.now()
  startTelling(t, store, { partners: [NORTH], webhooks: [webhookTo('CSP-N', partner)] })
  const expected = new Map<DeviceKey, number>()
  for (const key of keys) expected.set(key, (await store.restrictionHistory(key)).length)
  const changes = [...expected.values()].reduce((sum, count) => sum + count, 0)
  await untilTold(partner, changes)
  const recoveryMs = performance.now() - killedAt
  return { ...judge(partner.taken, expected), changes, recoveryMs }
}

/** Starts a sender and kills it, again and again. */
async function killing(
  t: Closing,
  { driver, place, random, onKill }: KillsOptions,
  { url }: TestPartner,
  budget: { left: number },
): Promise<void> {
  while (budget.left-- > 0) {
    const sender = started(t, [driver, place, url.href, String(DEVICES)])
    for (let left = 1 + Math.floor(random() * CHANGES); left > 0; left--) await once(sender, 'message')
    await pause(random() * LIFE_MS)
    sender.kill('SIGKILL')
    await exitOf(sender)
    onKill?.(budget.left)
  }
}

function started(t: Closing, words: readonly string[]): ChildProcess {
  const env = {
    ...process.env,
    NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/compiled'),
  }
  const sender = ward(fork(join(import.meta.dirname, 'sender-process.ts'), words, { env }))
  t.teardown(() => sender.kill('SIGKILL'))
  return sender
}

/** Settles once so many notices have come, or none has for a while. */
async function untilTold(partner: TestPartner, changes: number): Promise<void> {
  for (let before = -1; partner.arrivals.length > before && firsts(partner).length < changes; ) {
    before = partner.arrivals.length
    const enough = before + Math.max(1, changes - firsts(partner).length)
    await Promise.race([
      partner.until(({ arrivals }) => arrivals.length >= enough),
      pause(PATIENCE_MS, undefined, { ref: false }),
    ])
  }
}

/** The first arrival of each notice of a Device. */
function firsts({ taken }: Pick<TestPartner, 'taken'>): readonly Arrival[] {
  const seen = new Set<string>()
  return taken.filter(({ id, device: about }) => about !== undefined && !seen.has(id) && seen.add(id))
}

function judge(
  taken: readonly Arrival[],
  expected: ReadonlyMap<DeviceKey, number>,
): Pick<KillsReport, 'lost' | 'repeats' | 'disordered'> {
  const told = taken.filter(({ device: about }) => about !== undefined)
  const first = firsts({ taken })
  let lost = 0
  const disordered: string[] = []
  for (const [key, count] of expected) {
    const eui = formatEui64(key)
    const sequences = first.filter(({ device: about }) => about === eui).map(({ data }) => data.sequence)
    lost += Math.max(0, count - sequences.length)
    if (sequences.some((sequence, index) => sequence !== index + 1)) disordered.push(eui)
  }
  for (const { id, body, device: about = '' } of told)
    if (first.find((each) => each.id === id)?.body !== body) disordered.push(about)
  return { lost, repeats: told.length - first.length, disordered }
}
