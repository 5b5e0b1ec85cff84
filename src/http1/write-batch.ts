/**
 * The writes of one turn of the event loop, made together at its end.
 *
 * A write to a process that sleeps wakes it, which costs more than the write. When many connections are readable in one
 * turn, handling all of them first and writing then wakes the other side once instead of once a message. A turn with one
 * message writes as soon as that is handled. Measured: docs/adr/0006-lean-http.md.
 */
import type { Socket } from 'node:net'

/** More than this is not held back: what a socket has not taken must show in its own count. */
const MAX_BYTES = 262_144

/** A write; without bytes, or with `isLast`, the end of the sending side. */
interface Write {
  readonly socket: Socket
  readonly bytes: Buffer | string | undefined
  readonly isLast: boolean
}

export class WriteBatch {
  #writes: Write[] = []
  #bytes = 0
  #turn = 0

  /** Grows when the writes so far have been made. */
  get turn(): number {
    return this.#turn
  }

  /** Writes in the order of the calls; text goes out as Latin-1. `isLast` ends the sending side behind it. */
  add(socket: Socket, bytes: Buffer | string | undefined, isLast: boolean): void {
    if (this.#writes.length === 0) setImmediate(this.#flush)
    this.#writes.push({ socket, bytes, isLast })
    this.#bytes += bytes?.length ?? 0
    if (this.#bytes > MAX_BYTES) this.#flush()
  }

  readonly #flush = () => {
    const writes = this.#writes
    this.#writes = []
    this.#bytes = 0
    this.#turn++
    for (const write of writes) make(write)
  }
}

function make({ socket, bytes, isLast }: Write): void {
  if (socket.destroyed) return
  if (bytes !== undefined) socket.write(bytes, 'latin1')
  if (isLast) socket.end()
}
