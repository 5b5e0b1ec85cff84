/**
 * The file in which a gateway remembers, across restarts, which store it follows and how far it has got: `flags.seen`.
 * One JSON object; a new one replaces it whole, so that a crash leaves either.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Instant, instantOf } from '../core/device/device.ts'
import { formatEui64, parseEui64 } from '../core/duis/eui64.ts'
import type { Epoch } from '../store/epoch.ts'
import type { DeviceChange } from '../store/store.ts'
import { HistoryLost, isSameChange } from './history.ts'

/** Where a gateway has got to in the history of a store. */
export interface SeenPosition {
  readonly storeId: string
  /** The last change applied; undefined while the store had none. */
  readonly change: DeviceChange | undefined
  /** The latest that was seen; undefined where the store has none. */
  readonly epoch?: Epoch | undefined
}

/** Whether both are of one store, and at the same change of the same history. */
export function isSamePosition(one: SeenPosition, other: SeenPosition): boolean {
  if (one.storeId !== other.storeId || one.epoch?.id !== other.epoch?.id) return false
  return other.change === undefined ? one.change === undefined : isSameChange(one.change, other.change)
}

/** What remembers a position; the file is one. */
export interface PositionMemory {
  /** Undefined when nothing was kept yet. Throws HistoryLost when what was kept cannot be read. */
  read(): Promise<SeenPosition | undefined>
  /** Settled once it would survive a crash. */
  keep(position: SeenPosition): Promise<void>
}

export class SeenFile implements PositionMemory {
  readonly #path: string
  readonly #elsewhere: string
  #isFolderThere = false

  /** `elsewhere`: the file of another gateway process beside this one, read while there is none at `path`. */
  constructor(path: string, elsewhere = path) {
    this.#path = path
    this.#elsewhere = elsewhere
  }

  async read(): Promise<SeenPosition | undefined> {
    return (await readSeen(this.#path)) ?? (await readSeen(this.#elsewhere))
  }

  async keep(position: SeenPosition): Promise<void> {
    if (!this.#isFolderThere) await mkdir(dirname(this.#path), { recursive: true })
    this.#isFolderThere = true
    const fresh = `${this.#path}.new`
    const file = await open(fresh, 'w')
    try {
      await file.writeFile(`${JSON.stringify(plain(position))}\n`)
      await file.datasync()
    } finally {
      await file.close()
    }
    await rename(fresh, this.#path)
  }
}

async function readSeen(path: string): Promise<SeenPosition | undefined> {
  try {
    return positionOf(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new HistoryLost(`what was applied before the restart cannot be read from ${path}`, { cause: error })
  }
}

function plain({ storeId, change, epoch }: SeenPosition): Record<string, unknown> {
  if (!change) return { storeId, epoch }
  const { sequence, key, recordedAt } = change
  return { storeId, epoch, sequence, device: key === undefined ? null : formatEui64(key), recordedAt }
}

/** Throws for anything that `plain` does not write. */
function positionOf(value: unknown): SeenPosition {
  const { storeId, sequence, device, recordedAt, ...rest } = fieldsOf(value)
  if (typeof storeId !== 'string') throw new Error('no storeId')
  const epoch = rest.epoch === undefined ? undefined : epochOf(fieldsOf(rest.epoch))
  if (sequence === undefined) return { storeId, epoch, change: undefined }
  const key = typeof device === 'string' ? parseEui64(device) : undefined
  if (device !== null && key === undefined) throw new Error('no Device')
  return { storeId, epoch, change: { sequence: wholeOf(sequence), key, recordedAt: instantFrom(recordedAt) } }
}

function epochOf({ number, server, timeline, id }: Readonly<Record<string, unknown>>): Epoch {
  if (typeof server !== 'string' || typeof id !== 'string') throw new Error('no epoch')
  return { number: wholeOf(number), server, timeline: wholeOf(timeline), id }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error('no object')
  return value as Readonly<Record<string, unknown>>
}

function wholeOf(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new Error('no whole number')
  return Number(value)
}

function instantFrom(value: unknown): Instant {
  return instantOf(wholeOf(value))
}
