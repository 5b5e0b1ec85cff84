/**
 * A TCP proxy between a client and its server that does what networks do: slow down, cut, swallow, and forget.
 *
 * - `none`: bytes go through. `delay`: each way takes `ms` longer.
 * - `cut`: open connections are reset and new ones refused.
 * - `black-hole`: nothing arrives either way and nobody is told; what was sent arrives late, once the hole closes.
 * - `half-open`: the server's side of open connections is gone and the client is not told, until it is reset in the end;
 *   new connections hang.
 * - `swallow`: once a client has sent `after`, which goes through, nothing comes back to it on that connection.
 */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net'

export type NetworkFault =
  | { readonly kind: 'none' | 'cut' | 'black-hole' | 'half-open' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'swallow'; readonly after: string }

export class FaultProxy {
  readonly #server: Server
  readonly #links = new Set<Link>()
  #fault: NetworkFault = { kind: 'none' }

  private constructor(target: NetConnectOpts) {
    this.#server = createServer((client) => {
      if (this.#fault.kind === 'cut') {
        client.resetAndDestroy()
        return
      }
      const link = new Link(client, target, this.#fault)
      this.#links.add(link)
      client.once('close', () => this.#links.delete(link))
    })
  }

  /** Listens on a free port of loopback and connects on to `target`. */
  static async start(target: NetConnectOpts): Promise<FaultProxy> {
    const proxy = new FaultProxy(target)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections of clients that are open. */
  get connections(): number {
    return this.#links.size
  }

  /** Puts a fault in place of the one before; `none` heals. */
  set(fault: NetworkFault): void {
    this.#fault = fault
    for (const link of this.#links) link.suffer(fault)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const link of this.#links) link.reset()
    await closed
  }
}

/** One client's connection and the one that goes on to the server. */
class Link {
  readonly #client: Socket
  readonly #target: NetConnectOpts
  #onward: Socket | undefined
  #fault: NetworkFault
  /** What comes from the server is dropped. */
  #isSwallowing = false
  /** The server's side is gone and the client does not know. */
  #isForgotten = false

  constructor(client: Socket, target: NetConnectOpts, fault: NetworkFault) {
    this.#client = client
    this.#target = target
    this.#fault = fault
    client.setNoDelay(true)
    client.on('error', () => {})
    client.once('close', () => this.#onward?.destroy())
    this.suffer(fault)
  }

  suffer(fault: NetworkFault): void {
    this.#fault = fault
    if (fault.kind === 'cut' || (this.#isForgotten && fault.kind !== 'half-open')) return this.reset()
    if (fault.kind === 'black-hole') return this.#hold()
    if (fault.kind === 'half-open') return this.#forget()
    this.#onward ??= this.#connect()
    this.#client.resume()
    this.#onward.resume()
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#onward?.destroy()
  }

  #connect(): Socket {
    const onward = connect(this.#target)
    onward.setNoDelay(true)
    onward.on('error', () => {})
    onward.once('close', () => this.#lose(onward))
    this.#client.on('data', (chunk: Buffer) => this.#noteSent(chunk))
    this.#pump(this.#client, onward)
    this.#pump(onward, this.#client)
    return onward
  }

  #noteSent(chunk: Buffer): void {
    if (this.#fault.kind === 'swallow' && chunk.includes(this.#fault.after)) this.#isSwallowing = true
  }

  /** Bytes wait in the kernel, as those of a sender that gets no acknowledgements would. */
  #hold(): void {
    this.#client.pause()
    this.#onward?.pause()
  }

  #forget(): void {
    this.#isForgotten = true
    this.#onward?.destroy()
    this.#client.removeAllListeners('data').resume()
  }

  #lose(onward: Socket): void {
    if (this.#onward === onward && !this.#isForgotten) this.#client.resetAndDestroy()
  }

  #pump(from: Socket, to: Socket): void {
    const waiting = new DelayedBytes(to)
    from.on('data', (chunk: Buffer) => {
      if (this.#isSwallowing && from === this.#onward) return
      waiting.send(chunk, this.#fault.kind === 'delay' ? this.#fault.ms : 0)
    })
  }
}

/** Writes bytes some time after they came, in the order they came. */
class DelayedBytes {
  readonly #to: Socket
  readonly #line: { readonly chunk: Buffer; readonly atMs: number }[] = []

  constructor(to: Socket) {
    this.#to = to
  }

  send(chunk: Buffer, delayMs: number): void {
    const isFirst = this.#line.push({ chunk, atMs: performance.now() + delayMs }) === 1
    if (isFirst) this.#writeDue()
  }

  #writeDue(): void {
    for (let next = this.#line[0]; next; next = this.#line[0]) {
      const leftMs = next.atMs - performance.now()
      if (leftMs > 0) {
        setTimeout(() => this.#writeDue(), leftMs)
        return
      }
      this.#line.shift()
      if (!this.#to.destroyed) this.#to.write(next.chunk)
    }
  }
}
