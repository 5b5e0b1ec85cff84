/** The WHERE of a listing, put together from what its filter asks. */
import type { SqlValue } from './session.ts'

export class Conditions {
  readonly #parts: string[] = []
  readonly values: SqlValue[] = []

  /** Adds a condition with its values. */
  add(condition: string, ...values: SqlValue[]): void {
    this.#parts.push(condition)
    this.values.push(...values)
  }

  /** Adds a condition on one value unless the filter leaves it open. */
  addIf(condition: string, value: SqlValue | undefined): void {
    if (value !== undefined) this.add(condition, value)
  }

  /** `WHERE …`, or nothing. */
  get where(): string {
    return this.#parts.length > 0 ? `WHERE ${this.#parts.map((part) => `(${part})`).join(' AND ')}` : ''
  }
}
