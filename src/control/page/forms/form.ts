/** A form as it was sent: texts by name, trimmed; a name that was not sent is an empty text. */

export class Form {
  readonly #data: FormData

  constructor(data: FormData) {
    this.#data = data
  }

  /** The first text of that name. */
  text(name: string): string {
    return this.texts(name)[0] ?? ''
  }

  /** All texts of that name, for checkboxes. */
  texts(name: string): readonly string[] {
    return this.#data.getAll(name).flatMap((value) => (typeof value === 'string' ? [value.trim()] : []))
  }

  /** The optional text of that name; absent when it is empty. */
  optional(name: string): string | undefined {
    return this.text(name) || undefined
  }

  isTicked(name: string): boolean {
    return this.text(name) !== ''
  }

  /** The file of that name; absent when none was chosen. */
  file(name: string): File | undefined {
    const value = this.#data.get(name)
    return value instanceof File && value.size > 0 ? value : undefined
  }

  /** The three parts of a date field. */
  date(id: string): { readonly day: string; readonly month: string; readonly year: string } {
    return { day: this.text(`${id}-day`), month: this.text(`${id}-month`), year: this.text(`${id}-year`) }
  }
}
