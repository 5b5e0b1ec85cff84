/**
 * The same messages under two tables, or in two runs: which kinds came to another result, by which rows, with a few examples.
 *
 * What it shows does not depend on the order in which messages were played.
 */
import type { Rule, Table } from '../../core/policy/table.ts'
import { treatmentOf } from '../../core/policy/table-diff.ts'
import { NameCounts } from '../name-counts.ts'
import type { MessageDescription } from './message-kind.ts'

/** What became of a message. */
export interface Outcome {
  /** The verdict (`forward`), or the answer where it was sent (`southbound: 200 E5`). */
  readonly result: string
  /** The row or default that decided, or the fault; absent where it was sent. */
  readonly rule?: string | undefined
  /** What was known of the flag that decided; absent where it was sent, or as captured. */
  readonly flag?: string | undefined
  /** The decision that the answer names; absent where it was not sent, or names none. */
  readonly decision?: string | undefined
}

/** A message that was played, and where it stands. */
export interface PlayedMessage extends MessageDescription {
  /** Its file, with the line for NDJSON. */
  readonly name: string
  /** The decision of the gateway that captured it; absent where it has none. */
  readonly decision?: string | undefined
}

/** A row as people read it. */
interface RowWords {
  /** `stopped when paymentMode prepayment, else passes`. */
  readonly does: string
  readonly why: string
}

/** One of the two that are compared. */
export interface ComparedSide {
  /** `recommended df347613e92e`, or the file of a run. */
  readonly title: string
  /** The rows that are known, by id. */
  readonly rows: ReadonlyMap<string, RowWords>
}

interface Example extends PlayedMessage {
  readonly before: Outcome
  readonly after: Outcome
}

/** Messages of one kind that changed in the same way by the same rows. */
export interface Change {
  readonly kind: string
  /** Results and rows; their decisions are those of the examples. */
  readonly before: Outcome
  readonly after: Outcome
  readonly count: number
  /** By file and line. */
  readonly examples: readonly Example[]
}

/** Shown of each change where nothing else is said. */
export const EXAMPLES_SHOWN = 3

export class Comparison {
  readonly before: ComparedSide
  readonly after: ComparedSide
  readonly #examples: number
  readonly #changes = new Map<string, { count: number; examples: Example[] }>()
  readonly #results = { before: new NameCounts(), after: new NameCounts() }
  readonly #unreadable = new NameCounts()
  /** Messages of which only one side has a result. */
  onlyBefore = 0
  onlyAfter = 0
  /** Messages with another result, and those with the same result by another row. */
  changed = 0
  otherRow = 0

  constructor(before: ComparedSide, after: ComparedSide, examples = EXAMPLES_SHOWN) {
    this.before = before
    this.after = after
    this.#examples = examples
  }

  add(message: PlayedMessage, before: Outcome, after: Outcome): void {
    this.#results.before.add(before.result)
    this.#results.after.add(after.result)
    if (message.fault !== undefined) this.#unreadable.add(message.fault)
    if (before.result !== after.result) this.changed++
    else if (isByAnotherRow(before, after)) this.otherRow++
    else return
    const key = JSON.stringify([
      message.kind,
      ...[before, after].flatMap(({ result, rule, flag }) => [result, rule, flag]),
    ])
    const change = this.#changes.get(key) ?? { count: 0, examples: [] }
    this.#changes.set(key, change)
    change.count++
    this.#keep(change.examples, { ...message, before, after })
  }

  /** The first ones by file and line, whatever order they come in. */
  #keep(examples: Example[], example: Example): void {
    const place = examples.findIndex(({ name }) => byPlace(example.name, name) < 0)
    if (place < 0 && examples.length >= this.#examples) return
    examples.splice(place < 0 ? examples.length : place, 0, example)
    examples.length = Math.min(examples.length, this.#examples)
  }

  /** Messages that have a result on both sides. */
  get messages(): number {
    return this.#results.after.total
  }

  get same(): number {
    return this.messages - this.changed - this.otherRow
  }

  /** Whether anything at all is another: a result, a row, or that there is one. */
  get isDifferent(): boolean {
    return this.changed + this.otherRow + this.onlyBefore + this.onlyAfter > 0
  }

  /** How often each result came, most frequent first. */
  get results(): { readonly before: Counts; readonly after: Counts } {
    return { before: this.#results.before.counts, after: this.#results.after.counts }
  }

  /** Messages that could not be read, by the fault. */
  get unreadable(): Counts {
    return this.#unreadable.counts
  }

  /** Those to another result first, of them the most frequent. */
  get changes(): readonly Change[] {
    return [...this.#changes.values()].flatMap(changeOf).sort(byWeight)
  }

  /** The whole comparison as JSON. */
  json(): object {
    const { messages, same, changed, otherRow, onlyBefore, onlyAfter, unreadable, results } = this
    return {
      before: this.before.title,
      after: this.after.title,
      ...{ messages, same, changed, otherRow, onlyBefore, onlyAfter, unreadable, results },
      changes: this.changes.map(({ kind, count, before, after, examples }) => ({
        ...{ kind, count },
        before: withRow(before, this.before),
        after: withRow(after, this.after),
        examples: examples.map(({ kind: _, ...example }) => example),
      })),
    }
  }
}

/** Where a row is not known nothing can be said. */
function isByAnotherRow(before: Outcome, after: Outcome): boolean {
  return before.rule !== undefined && after.rule !== undefined && before.rule !== after.rule
}

type Counts = Readonly<Record<string, number>>

const BY_PLACE = new Intl.Collator('en', { numeric: true })

function byPlace(one: string, other: string): number {
  return BY_PLACE.compare(one, other)
}

function changeOf({ count, examples }: { count: number; examples: readonly Example[] }): Change[] {
  const [first] = examples
  return first ? [{ kind: first.kind, before: first.before, after: first.after, count, examples }] : []
}

function byWeight(one: Change, other: Change): number {
  const ownResult = ({ before, after }: Change) => Number(before.result === after.result)
  return ownResult(one) - ownResult(other) || other.count - one.count || byPlace(textOf(one), textOf(other))
}

function textOf({ kind, before, after }: Change): string {
  return [kind, before.result, after.result, before.rule, after.rule, before.flag, after.flag].join(' ')
}

function withRow({ result, rule, flag }: Outcome, { rows }: ComparedSide): object {
  return { result, rule, flag, ...(rule !== undefined && rows.get(rule)) }
}

/** The side of a table: its name, revision, rows and defaults. */
export function sideOf({ name, revision, rows, fallbacks }: Table): ComparedSide {
  const rules: readonly Rule[] = [...rows, ...Object.values(fallbacks)]
  return { title: `${name} ${revision}`, rows: new Map(rules.map((rule) => [rule.id, wordsOf(rule)])) }
}

function wordsOf(rule: Rule): RowWords {
  const { does, why } = treatmentOf(rule)
  return { does, why }
}
