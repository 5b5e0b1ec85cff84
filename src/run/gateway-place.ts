/**
 * What is a gateway's alone: the folder that it has locked, the name that it reports under, and what it remembers there of the
 * store across restarts.
 */
import { join } from 'node:path'
import type { Config } from '../config/config.ts'
import { ConfigurationFault } from '../config/configuration-fault.ts'
import { NameTaken } from '../flags/gateway-reporter.ts'
import { SeenFile } from '../flags/seen-file.ts'
import { FolderLock, FolderLocked } from '../journal/folder-lock.ts'
import { EpochWatch } from '../store/epoch.ts'
import { nameOnDisk, ONLY_SEAT, type Seat } from './workers/seat.ts'

interface Remembering {
  readonly config: Config
  readonly seat: Seat
  readonly acceptsStoreReset: boolean
}

/** A worker that has followed nothing yet goes by what the first one has. */
export function memoryOf({ config, seat }: Remembering): SeenFile {
  const fileOf = (one: Seat) => join(config.journal.folder, `${nameOnDisk('flags', one)}.seen`)
  return new SeenFile(fileOf(seat), fileOf(ONLY_SEAT))
}

/** What this gateway had seen of primaries before it was started again. What cannot be read the feed refuses. */
export async function epochsSeen(options: Remembering): Promise<EpochWatch> {
  const epochs = new EpochWatch()
  if (options.acceptsStoreReset) return epochs
  const seen = await memoryOf(options)
    .read()
    .catch(() => undefined)
  if (seen?.epoch) epochs.remember(seen.epoch)
  return epochs
}

export function lockFolder(folder: string, name: string): FolderLock {
  try {
    return FolderLock.take(folder, name)
  } catch (error) {
    throw error instanceof FolderLocked ? new ConfigurationFault(`journal.folder: ${error.message}`) : error
  }
}

export function adviseOnName(error: unknown): never {
  if (!(error instanceof NameTaken)) throw error
  throw new ConfigurationFault(
    `gatewayId: ${error.message}; give this gateway an ID of its own, or stop that one first`,
  )
}
