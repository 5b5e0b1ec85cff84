/** Counts of things that have a name. */

export class NameCounts {
  readonly #counts = new Map<string, number>()

  add(name: string, more = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + more)
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  /** Most frequent first, else by name. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].sort(([name, a], [other, b]) => b - a || (name < other ? -1 : 1)),
    )
  }

  /** `     12  forward`, one line a name, most frequent first. */
  lines(): string[] {
    return Object.entries(this.counts).map(([name, count]) => `${String(count).padStart(9)}  ${name}`)
  }
}
