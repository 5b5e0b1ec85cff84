/**
 * Roll-ups that are killed while the journal grows and rotates: in the end every record must have been counted once. Two
 * processes work on one folder, so that they also get in each other's way.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { RollUp } from '../../src/reports/roll-up.ts'
import type { SqlStore } from '../../src/store/sql/sql-store.ts'
import { openAt } from '../store/open-at.ts'
import { exitOf } from '../support/child-exit.ts'
import { ward } from '../support/warden.ts'
import { linesOf, recordWith, seeded } from './journal-lines.ts'

export interface KillsOutcome {
  readonly kills: number
  /** Records that the journal has in the end. */
  readonly records: number
  /** Messages that are counted in the store; the same as `records`, or some were lost or counted twice. */
  readonly counted: number
  /** Bytes of whole lines that no mark covers. */
  readonly unfinished: number
  /** Counters whose figure is not that of a plain recount: `month code: counted/there`. */
  readonly wrong: readonly string[]
}

export interface KillsOptions {
  readonly driver: string
  /** As in `open-at.ts`. */
  readonly place: string
  /** Where the journal is written. */
  readonly folder: string
  readonly kills: number
  readonly seed?: number
  readonly onKill?: (done: number) => void
}

/** Kills roll-ups at random moments, and counts what is left. */
export async function killRollUps(options: KillsOptions): Promise<KillsOutcome> {
  const { driver, place, folder, kills, seed = 7 } = options
  const random = seeded(seed)
  mkdirSync(folder, { recursive: true })
  const journal = new GrowingJournal(folder, random)
  const store = await openAt(driver, place)
  let other = start(options)
  try {
    for (let done = 1; done <= kills; done++) {
      journal.grow()
      const victim = other
      other = start(options)
      await once(victim, 'message').catch(() => {})
      journal.grow()
      await pause(random() * 40)
      victim.kill('SIGKILL')
      journal.grow()
      await exitOf(victim)
      options.onKill?.(done)
    }
    other.kill('SIGKILL')
    journal.end()
    await new RollUp({ store: store.reports, folder, log: { warn: () => {} } }).run()
    return { kills, ...(await settled(store, folder)) }
  } finally {
    other.kill('SIGKILL')
    await store.close()
  }
}

function start({ driver, place, folder }: KillsOptions): ChildProcess {
  return ward(fork(join(import.meta.dirname, 'rollup-process.ts'), [driver, place, folder]))
}

/** A journal that gains records in pieces: halves of lines, lines that were cut for good, and new files. */
class GrowingJournal {
  readonly #folder: string
  readonly #random: () => number
  #file = 0
  #pending = ''

  constructor(folder: string, random: () => number) {
    this.#folder = folder
    this.#random = random
  }

  grow(): void {
    const text =
      this.#pending + linesOf(Array.from({ length: 1 + this.#random() * 60 }, () => this.#record()))
    const cut = this.#random() < 0.5 ? text.length : Math.floor(text.length * this.#random())
    this.#write(text.slice(0, cut))
    this.#pending = text.slice(cut)
    if (this.#random() < 0.1) this.#rotate()
  }

  end(): void {
    this.#write(this.#pending)
    this.#pending = ''
  }

  /** As after a crash: what had not been written is lost, and the next file begins. */
  #rotate(): void {
    this.#file++
    this.#pending = ''
  }

  #write(text: string): void {
    appendFileSync(join(this.#folder, `gateway-2026-10-01.${this.#file}.ndjson`), text)
  }

  #record() {
    const [month, code] = [9 + Math.floor(this.#random() * 3), this.#random() < 0.5 ? '11.1' : '8.2']
    const time = new Date(Date.UTC(2026, month, 1, 0, Math.floor(this.#random() * 40_000))).toISOString()
    const devices = [`00-DB-00-00-00-00-00-0${Math.floor(this.#random() * 10)}`]
    return recordWith({ time, kind: 'service-request', codes: [code], devices, tableRevision: 'one' })
  }
}

async function settled(store: SqlStore, folder: string): Promise<Omit<KillsOutcome, 'kills'>> {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))
  const there = new Map<string, number>()
  for (const line of texts.flatMap((text) => text.split('\n').slice(0, -1))) {
    const { time, codes } = JSON.parse(line) as { time: string; codes: string[] }
    const key = `${time.slice(0, 7)} ${codes[0]}`
    there.set(key, (there.get(key) ?? 0) + 1)
  }
  const counted = new Map<string, number>()
  for (const month of ['2026-10', '2026-11', '2026-12', '2027-01'])
    for (const { code, messages } of await store.reports.countsOf(month))
      counted.set(`${month} ${code}`, messages)
  const keys = new Set([...there.keys(), ...counted.keys()])
  const wholeBytes = texts.reduce(
    (sum, text) => sum + Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)),
    0,
  )
  const rolledBytes = (await store.reports.marks()).reduce((sum, { offset }) => sum + offset, 0)
  return {
    records: sumOf(there),
    counted: sumOf(counted),
    unfinished: wholeBytes - rolledBytes,
    wrong: [...keys]
      .filter((key) => there.get(key) !== counted.get(key))
      .map((key) => `${key}: ${counted.get(key) ?? 0}/${there.get(key) ?? 0}`),
  }
}

function sumOf(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}
