/** Answers of a form: texts by name, trimmed; a name that was not sent is an empty text. */
import type { DateText } from '../parts/fields.ts'

export class Answers {
  readonly #texts: ReadonlyMap<string, readonly string[]>

  constructor(texts: Iterable<readonly [string, readonly string[]]> = []) {
    this.#texts = new Map(texts)
  }

  /** The first text of that name. */
  text(name: string): string {
    return this.texts(name)[0] ?? ''
  }

  /** All texts of that name, for checkboxes. */
  texts(name: string): readonly string[] {
    return this.#texts.get(name) ?? []
  }

  /** The optional text of that name; absent when it is empty. */
  optional(name: string): string | undefined {
    return this.text(name) || undefined
  }

  isTicked(name: string): boolean {
    return this.text(name) !== ''
  }

  /** The three parts of a date field. */
  date(id: string): DateText {
    return { day: this.text(`${id}-day`), month: this.text(`${id}-month`), year: this.text(`${id}-year`) }
  }
}

/** Of a form that was not sent yet. */
export const NO_ANSWERS = new Answers()

/** Answers that an address brings for a form that was not sent yet. */
export function answersWith(texts: Readonly<Record<string, string>>): Answers {
  return new Answers(Object.entries(texts).map(([name, text]) => [name, [text]]))
}

/** The answers of a form as it was sent; its files are left out. */
export function answersOf(data: FormData): Answers {
  const texts = (name: string) =>
    data.getAll(name).flatMap((value) => (typeof value === 'string' ? [value.trim()] : []))
  return new Answers([...data.keys()].map((name) => [name, texts(name)]))
}
