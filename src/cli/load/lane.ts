/**
 * The connections to one listener: a message goes out at once while one is free or may be opened, else it waits in line.
 * A connection that is lost loses the message on it, which is told and never sent again.
 */
import { type Address, LeanConnection } from './lean-connection.ts'
import type { Reply } from './reply.ts'

/** A message on its way: its bytes with HTTP head, the lane it takes, and what tells a right reply. */
export interface Shipment {
  readonly bytes: Buffer
  readonly lane: number
  /** Names what the reply is. */
  judge(reply: Reply): string
  /** Called when it has been answered, with how long that took, from when it was due. */
  onAnswered?(latencyMs: number): void
  /** Called when its connection is gone and it will not be answered. */
  onLost?(): void
}

export interface Parcel {
  readonly shipment: Shipment
  /** When it should have left, on the clock of `performance.now()`. */
  readonly dueMs: number
}

export interface LaneEvents {
  onAnswered(parcel: Parcel, reply: Reply): void
  onLost(parcel: Parcel, cause: string): void
}

export class Lane {
  readonly #address: Address
  readonly #maxConnections: number
  readonly #events: LaneEvents
  readonly #idle: LeanConnection[] = []
  readonly #underWay = new Map<LeanConnection, Parcel>()
  #line: Parcel[] = []
  /** How many of the line have gone: taking from the front of an array costs more the longer it is. */
  #gone = 0
  #open = 0

  constructor(address: Address, maxConnections: number, events: LaneEvents) {
    this.#address = address
    this.#maxConnections = maxConnections
    this.#events = events
  }

  /** Whether a message would leave at once. */
  get isFree(): boolean {
    return this.#idle.length > 0 || this.#open < this.#maxConnections
  }

  /** Messages in line. */
  get waiting(): number {
    return this.#line.length - this.#gone
  }

  take(parcel: Parcel): void {
    if (this.isFree) this.#send(this.#idle.pop() ?? this.#connect(), parcel)
    else this.#line.push(parcel)
  }

  /** Ends all connections; what is under way is not told of any more. */
  close(): void {
    const connections = [...this.#idle, ...this.#underWay.keys()]
    this.#underWay.clear()
    for (const connection of connections) connection.close()
  }

  #connect(): LeanConnection {
    this.#open++
    return new LeanConnection(this.#address, {
      onReply: (connection, reply) => this.#settle(connection, reply),
      onEnd: (connection, cause) => this.#lose(connection, cause),
    })
  }

  #send(connection: LeanConnection, parcel: Parcel): void {
    this.#underWay.set(connection, parcel)
    connection.send(parcel.shipment.bytes)
  }

  #settle(connection: LeanConnection, reply: Reply): void {
    const parcel = this.#underWay.get(connection)
    if (!parcel) return
    this.#underWay.delete(connection)
    const next = this.#nextInLine()
    if (!next) this.#idle.push(connection)
    this.#events.onAnswered(parcel, reply)
    if (next) this.#send(connection, next)
  }

  #lose(connection: LeanConnection, cause: string): void {
    this.#open--
    const idleAt = this.#idle.indexOf(connection)
    if (idleAt >= 0) this.#idle.splice(idleAt, 1)
    const parcel = this.#underWay.get(connection)
    if (!parcel) return
    this.#underWay.delete(connection)
    this.#events.onLost(parcel, cause)
    const next = this.#nextInLine()
    if (next) this.#send(this.#connect(), next)
  }

  #nextInLine(): Parcel | undefined {
    const next = this.#line[this.#gone]
    if (!next) return undefined
    this.#gone++
    if (this.#gone === this.#line.length) {
      this.#line = []
      this.#gone = 0
    }
    return next
  }
}
