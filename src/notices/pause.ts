/** A wait that can be cut short, also just before it begins: what is to be woken never sleeps through its call. */
export class Pause {
  #end: (() => void) | undefined
  #isCalled = false

  /** Settles after so many milliseconds, or when `end` is called; at once when it was called since the last pause. */
  async begin(milliseconds: number): Promise<void> {
    if (!this.#isCalled) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, milliseconds)
      this.#end = resolve
      await promise
      clearTimeout(timer)
      this.#end = undefined
    }
    this.#isCalled = false
  }

  end(): void {
    this.#isCalled = true
    this.#end?.()
  }
}
