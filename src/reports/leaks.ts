/**
 * The leak check over a whole journal: every line of the month, read anew and judged by `core/report/leak-check.ts`. Nothing of
 * the roll-up's counters is used, so that the two can be held against each other.
 */
import { instantOf } from '../core/device/device.ts'
import { parseEui64 } from '../core/duis/eui64.ts'
import { arrivalOf, type JournalLine, monthNameOf, readLine } from '../core/journal/journal-line.ts'
import { isEnforcedAt, isUnconfirmedAt } from '../core/report/flag-steps.ts'
import {
  type DeviceThen,
  LeakCheck,
  type LeakFault,
  type LeakFinding,
  type ListedRules,
  type Unjudged,
  wasLetThrough,
  wasStopped,
} from '../core/report/leak-check.ts'
import type { DeviceFacts } from '../core/report/placement.ts'
import type { Month } from '../core/report/span.ts'
import { journalFiles, OpenJournal } from '../journal/journal-files.ts'
import type { RollUpStore } from '../store/report-store.ts'

/** One fault, with what finds the message again. */
export interface Leak {
  readonly fault: LeakFault
  readonly decision: string
  readonly time: string
  readonly direction: string
  readonly code: string
  /** Absent where no Device is at fault. */
  readonly device?: string | undefined
  readonly verdict: string
  readonly outcome: string
  readonly tableRevision: string
}

export interface LeakReport {
  readonly month: string
  /** Messages of the month that were read. */
  readonly messages: number
  /** Of them, those let through and those stopped. */
  readonly letThrough: number
  readonly stopped: number
  /** How many faults there are; 0 is what must be. */
  readonly faults: number
  /** The first hundred of them. */
  readonly leaks: readonly Leak[]
  /** Messages that the journal, or the lists at hand, say too little of. */
  readonly unjudged: Readonly<Partial<Record<Unjudged, number>>>
  /** Lines of the files that are no whole record. */
  readonly unreadable: number
}

export interface LeakOptions {
  readonly store: Pick<RollUpStore, 'facts'>
  readonly folder: string
  readonly month: Month
  /** The list of a revision; undefined when it is not at hand. */
  readonly listOf: (revision: string) => Promise<ListedRules | undefined>
}

const SHOWN_LEAKS = 100
const PORTION_BYTES = 8 * 1024 * 1024

/** Reads the journal through. Files of other months are read too: a record is of the month in which its message arrived. */
export async function findLeaks(options: LeakOptions): Promise<LeakReport> {
  const search = new LeakSearch(options)
  const buffer = Buffer.allocUnsafe(PORTION_BYTES)
  for (const file of await journalFiles(options.folder)) {
    const journal = await OpenJournal.open(file)
    try {
      for (let offset = 0; ; ) {
        const found = await journal.linesFrom(offset, buffer)
        if (!found) break
        await search.take(found.lines)
        offset = found.until
      }
    } finally {
      await journal.close()
    }
  }
  return search.report()
}

class LeakSearch {
  readonly #options: LeakOptions
  readonly #checks = new Map<string, LeakCheck | undefined>()
  readonly #found = {
    leaks: [] as Leak[],
    unjudged: {} as Partial<Record<Unjudged, number>>,
    ...{ messages: 0, letThrough: 0, stopped: 0, faults: 0, unreadable: 0 },
  }

  constructor(options: LeakOptions) {
    this.#options = options
  }

  async take(texts: readonly string[]): Promise<void> {
    const lines = this.#linesOfMonth(texts)
    const facts = await this.#factsOf(lines)
    for (const line of lines) await this.#judge(line, facts)
  }

  report(): LeakReport {
    return { month: this.#options.month.name, ...this.#found }
  }

  #linesOfMonth(texts: readonly string[]): JournalLine[] {
    const lines: JournalLine[] = []
    for (const text of texts) {
      const line = readLine(text)
      if (line === undefined) this.#found.unreadable += text === '' ? 0 : 1
      else if (monthNameOf(line) === this.#options.month.name) lines.push(line)
    }
    return lines
  }

  /** Only of Devices whose messages were let through: the others' flags do not matter here. */
  async #factsOf(lines: readonly JournalLine[]): Promise<ReadonlyMap<string, DeviceFacts>> {
    const ids = new Set(lines.filter(wasLetThrough).flatMap(({ devices }) => devices))
    const known = [...ids].flatMap((id) => {
      const key = parseEui64(id)
      return key === undefined ? [] : [{ id, key }]
    })
    const facts = await this.#options.store.facts(known.map(({ key }) => key))
    return new Map(facts.map((each, index) => [known[index]?.id ?? '', each]))
  }

  async #judge(line: JournalLine, facts: ReadonlyMap<string, DeviceFacts>): Promise<void> {
    this.#found.messages++
    const isThrough = wasLetThrough(line)
    if (isThrough) this.#found.letThrough++
    else if (wasStopped(line)) this.#found.stopped++
    else return
    const check = await this.#checkOf(line.tableRevision ?? '')
    if (!check) return this.#note(line, { kind: 'unjudged', why: 'list-not-at-hand' })
    this.#note(line, isThrough ? check.letThrough(line, devicesThen(line, facts)) : check.stopped(line))
  }

  async #checkOf(revision: string): Promise<LeakCheck | undefined> {
    if (!this.#checks.has(revision)) {
      const rules = await this.#options.listOf(revision)
      this.#checks.set(revision, rules && new LeakCheck(rules))
    }
    return this.#checks.get(revision)
  }

  #note(line: JournalLine, finding: LeakFinding): void {
    if (finding.kind === 'clean') return
    if (finding.kind === 'unjudged') {
      this.#found.unjudged[finding.why] = (this.#found.unjudged[finding.why] ?? 0) + 1
      return
    }
    this.#found.faults++
    if (this.#found.leaks.length < SHOWN_LEAKS) this.#found.leaks.push(leakOf(line, finding))
  }
}

function devicesThen(line: JournalLine, facts: ReadonlyMap<string, DeviceFacts>): DeviceThen[] {
  const at = arrivalOf(line)
  return line.devices.map((id) => {
    const known = facts.get(id)
    const flag = known?.flag ?? []
    const then = instantOf(at)
    return {
      ...{ id, type: known?.type },
      isEnforced: isEnforcedAt(flag, then),
      isUnconfirmed: isUnconfirmedAt(flag, then),
    }
  })
}

function leakOf(line: JournalLine, { fault, code, device }: Extract<LeakFinding, { kind: 'fault' }>): Leak {
  const { decision, time, direction, verdict = '', outcome, tableRevision = '' } = line
  return { fault, decision, time, direction, code, device, verdict, outcome, tableRevision }
}
