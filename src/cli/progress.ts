/** A progress line for long work: redrawn on a terminal, one line every few seconds elsewhere. */
import type { Terminal } from './terminal.ts'

const REDRAW_MS = 100
const REPEAT_MS = 5_000

/** Tells how far a command is. `tick` may be called for every item; it writes now and then. */
export class Progress {
  readonly #terminal: Terminal
  readonly #noun: string
  readonly #detail: () => string
  readonly #everyMs: number
  #last = performance.now()
  #count = 0
  #isDrawn = false

  /** `detail` is asked for whatever else is to be told, each time something is. */
  constructor(terminal: Terminal, noun: string, detail: () => string = () => '') {
    this.#terminal = terminal
    this.#noun = noun
    this.#detail = detail
    this.#everyMs = terminal.isInteractive ? REDRAW_MS : REPEAT_MS
  }

  tick(more = 1): void {
    this.#count += more
    const now = performance.now()
    if (now - this.#last < this.#everyMs) return
    this.#last = now
    this.#show()
  }

  /** Wipes the redrawn line, so that what follows begins on a clean one. */
  done(): void {
    if (this.#isDrawn) this.#terminal.overwrite('')
  }

  #show(): void {
    const detail = this.#detail()
    const text = `${this.#count.toLocaleString('en-GB')} ${this.#noun}${detail && `, ${detail}`}`
    if (!this.#terminal.isInteractive) return this.#terminal.note(text)
    this.#isDrawn = true
    this.#terminal.overwrite(text)
  }
}
