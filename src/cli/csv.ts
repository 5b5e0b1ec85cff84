/** Reads CSV (RFC 4180) as a stream: one record at a time, with the line it began on. */

export interface CsvRecord {
  /** Line of the file on which the record begins, from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

/**
 * Yields records in order; blank lines are left out. A field in quotes may hold commas, doubled quotes and line ends; a
 * quote that is never closed runs to the end of the file.
 */
export async function* csvRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  const splitter = new RecordSplitter()
  const decoder = new TextDecoder('utf-8')
  for await (const chunk of chunks) yield* splitter.take(decoder.decode(chunk, { stream: true }))
  yield* splitter.take(`${decoder.decode()}\n`)
  yield* splitter.end()
}

class RecordSplitter {
  #fields: string[] = []
  #field = ''
  #isQuoted = false
  #isInQuotes = false
  #line = 1
  #beganOn = 1

  take(text: string): CsvRecord[] {
    const records: CsvRecord[] = []
    let start = 0
    for (let at = 0; at < text.length; at++) {
      const letter = text[at]
      if (letter === '\n') this.#line++
      if (this.#isInQuotes ? letter !== '"' : letter !== ',' && letter !== '\n' && letter !== '"') continue
      this.#field += text.slice(start, at)
      start = at + 1
      if (letter === '"') this.#quote()
      else this.#endField()
      if (letter === '\n') records.push(...this.#endRecord())
    }
    this.#field += text.slice(start)
    return records
  }

  end(): CsvRecord[] {
    if (!this.#isInQuotes) return []
    this.#endField()
    return this.#endRecord()
  }

  /** A quote opens a field, closes it, or, right after a closing one, stands for itself. */
  #quote(): void {
    if (this.#isInQuotes) {
      this.#isInQuotes = false
      return
    }
    if (this.#isQuoted || this.#field !== '') this.#field += '"'
    this.#isInQuotes = this.#isQuoted || this.#field === ''
    this.#isQuoted = this.#isInQuotes
  }

  #endField(): void {
    this.#fields.push(this.#field)
    this.#field = ''
    this.#isQuoted = false
    this.#isInQuotes = false
  }

  #endRecord(): CsvRecord[] {
    const fields = this.#fields.map((field) => (field.endsWith('\r') ? field.slice(0, -1) : field))
    const line = this.#beganOn
    this.#fields = []
    this.#beganOn = this.#line
    return fields.some((field) => field !== '') ? [{ line, fields }] : []
  }
}
