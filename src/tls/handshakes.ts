/**
 * Handshakes under way on a listener: so many and no more. When there are as many, the one that has waited longest gives
 * way: a client that goes on with its handshake is done within milliseconds, whoever only connects is soon the oldest.
 */
import type { Socket } from 'node:net'

export interface HandshakeLimits {
  /** Milliseconds in which a handshake must be done. */
  readonly handshakeMs: number
  readonly maxHandshakes: number
}

export class Handshakes {
  readonly #limits: HandshakeLimits
  readonly #onTooMany: () => void
  /** By both addresses: the TLS socket is another object than the one that was accepted. Oldest first. */
  readonly #waiting = new Map<string, Socket>()

  constructor(limits: HandshakeLimits, onTooMany: () => void) {
    this.#limits = limits
    this.#onTooMany = onTooMany
  }

  get size(): number {
    return this.#waiting.size
  }

  begin(socket: Socket): void {
    const id = idOf(socket)
    if (this.#waiting.size >= this.#limits.maxHandshakes) this.#cutOldest()
    this.#waiting.set(id, socket)
    socket.once('close', () => {
      if (this.#waiting.get(id) === socket) this.#waiting.delete(id)
    })
  }

  /** The handshake is over; false when it was cut here, or is not known. */
  end(socket: Socket): boolean {
    return this.#waiting.delete(idOf(socket))
  }

  cutAll(): void {
    for (const socket of this.#waiting.values()) socket.destroy()
    this.#waiting.clear()
  }

  #cutOldest(): void {
    for (const [id, socket] of this.#waiting) {
      this.#waiting.delete(id)
      this.#onTooMany()
      socket.destroy()
      return
    }
  }
}

function idOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return [localAddress, localPort, remoteAddress, remotePort].join()
}
