/**
 * Counters and histograms as plain numbers, found by their label values, and their lines in the Prometheus text format.
 *
 * They are counted up for every message and read once in a scrape, so counting is what must cost nothing: label values
 * lead from map to map to an object with a number in it, and no text is put together.
 */

/** Values of one set of labels. */
export interface Series {
  readonly labels: readonly string[]
  /** Its numbers, as `merge` takes them. */
  values(): number[]
  /** Adds the numbers of a series of the same kind. */
  merge(values: readonly number[]): void
  /** The lines of this series, each ended by LF. */
  lines(name: string, labelNames: readonly string[]): string
}

/** Grows only. */
export class CounterSeries implements Series {
  readonly labels: readonly string[]
  #total = 0

  constructor(labels: readonly string[]) {
    this.labels = labels
  }

  get total(): number {
    return this.#total
  }

  add(amount: number): void {
    this.#total += amount
  }

  values(): number[] {
    return [this.#total]
  }

  merge([total = 0]: readonly number[]): void {
    this.#total += total
  }

  lines(name: string, labelNames: readonly string[]): string {
    return `${name}${labelText(labelNames, this.labels)} ${this.#total}\n`
  }
}

/** Counts observations by upper bounds in seconds, and sums them. */
export class HistogramSeries implements Series {
  readonly labels: readonly string[]
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0

  constructor(labels: readonly string[], bounds: readonly number[]) {
    this.labels = labels
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(seconds: number): void {
    let at = 0
    while (at < this.#bounds.length && seconds > (this.#bounds[at] ?? 0)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#sum += seconds
  }

  /** Counts by bound, then the sum. */
  values(): number[] {
    return [...this.#counts, this.#sum]
  }

  merge(values: readonly number[]): void {
    for (const [at, count] of this.#counts.entries()) this.#counts[at] = count + (values[at] ?? 0)
    this.#sum += values[this.#counts.length] ?? 0
  }

  lines(name: string, labelNames: readonly string[]): string {
    const withBound = [...labelNames, 'le']
    let text = ''
    let count = 0
    for (const [at, inBound] of this.#counts.entries()) {
      count += inBound
      const bound = at < this.#bounds.length ? String(this.#bounds[at]) : '+Inf'
      text += `${name}_bucket${labelText(withBound, [...this.labels, bound])} ${count}\n`
    }
    const labels = labelText(labelNames, this.labels)
    return `${text}${name}_sum${labels} ${this.#sum}\n${name}_count${labels} ${count}\n`
  }
}

/** All series of one metric. */
export class Family<One extends Series> {
  readonly #create: (labels: readonly string[]) => One
  readonly #all: One[] = []
  readonly #root: Branch<One> = { next: undefined, series: undefined }

  constructor(create: (labels: readonly string[]) => One) {
    this.#create = create
  }

  /** The series with these label values, new when there is none. */
  at(labels: readonly string[]): One {
    let branch = this.#root
    for (const label of labels) {
      branch.next ??= new Map()
      let next = branch.next.get(label)
      if (!next) {
        next = { next: undefined, series: undefined }
        branch.next.set(label, next)
      }
      branch = next
    }
    branch.series ??= this.#add(labels)
    return branch.series
  }

  /** Every series that there is, in the order they were first asked for. */
  all(): readonly One[] {
    return this.#all
  }

  lines(name: string, labelNames: readonly string[]): string {
    return this.#all.map((one) => one.lines(name, labelNames)).join('')
  }

  #add(labels: readonly string[]): One {
    const one = this.#create([...labels])
    this.#all.push(one)
    return one
  }
}

interface Branch<One> {
  next: Map<string, Branch<One>> | undefined
  series: One | undefined
}

/** Labels as they stand behind a name; nothing when there are none. */
export function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return ''
  return `{${names.map((name, i) => `${name}="${escaped(values[i] ?? '')}"`).join(',')}}`
}

/** A value as the text format writes it. */
export function valueText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value)
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}
