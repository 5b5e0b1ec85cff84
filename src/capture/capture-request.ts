/**
 * The order to capture: a file in the gateway's own folder, which the gateway looks for every second.
 *
 * Whoever may write there could also replace what the gateway runs on, so the file needs no other proof of who ordered. It
 * counts only when it belongs to the gateway's user or to root and nobody else may write it. Every worker process reads the
 * same file and answers with a status file of its own; the order is over when the file is gone, or its limits are reached.
 */

import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { DAY_MS } from '../core/device/durations.ts'
import { jsonOf } from '../core/json.ts'

/** Where orders and answers lie, inside the folder of the journal. */
export const CAPTURE_FOLDER = 'capture'

const REQUEST_FILE = 'request.json'

/** A capture lasts no longer, whatever the order says: milliseconds. */
export const MAX_CAPTURE_MS = DAY_MS

/** All files of a capture together. */
export const MAX_CAPTURE_BYTES = 10_000_000_000

const captureRequest = z.strictObject({
  /** Begins the names of the files; every order has its own. */
  id: z.string().regex(/^[0-9A-Za-z-]{1,40}$/),
  /** The folder for the files, as the gateway sees it. */
  out: z.string().refine(isAbsolute, 'is not an absolute path'),
  /** When it ends, in milliseconds since 1970. */
  until: z.number().int().positive(),
  /** The share of messages to take. */
  sample: z.number().gt(0).max(1),
  /** For all files together. */
  maxBytes: z.number().int().positive().max(MAX_CAPTURE_BYTES),
  direction: z.enum(['southbound', 'northbound']).optional(),
  /** Payloads stay where the rule allows it. */
  keepPayload: z.boolean(),
})

export type CaptureRequest = z.infer<typeof captureRequest>

/** Why a capture is over. `withdrawn`: the order is gone. `stopped`: the gateway ends. `failed`: the disk refused. */
const END_REASONS = ['time', 'size', 'withdrawn', 'stopped', 'failed'] as const
export type EndReason = (typeof END_REASONS)[number]

/** Why a message that was chosen is not in the file. */
export const LEFT_OUT = {
  large: 'too large to be held whole',
  undecided: 'not read or not sent, so without a verdict that was carried out',
  busy: 'more at once than a capture may hold',
  unlike: 'would not say the same when blanked',
  over: 'under way when the capture ended',
  disk: 'the file could not be written',
} as const
export type LeftOutReason = keyof typeof LEFT_OUT

/** What a worker says of its capture. */
const captureStatus = z.object({
  id: z.string(),
  /** Which worker of how many. */
  worker: z.number(),
  of: z.number(),
  state: z.enum(['running', 'over']),
  reason: z.enum(END_REASONS).optional(),
  file: z.string(),
  captured: z.number(),
  bytes: z.number(),
  leftOut: z.partialRecord(z.enum(Object.keys(LEFT_OUT) as LeftOutReason[]), z.number()),
  /** What went wrong. */
  error: z.string().optional(),
})

export type CaptureStatus = z.infer<typeof captureStatus>

/** What stands where an order is looked for. */
export type FoundRequest =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'found'; readonly request: CaptureRequest }

/** Reads the order in a gateway's folder. A file that others may write, or that is no order, is refused. */
export async function readRequest(folder: string): Promise<FoundRequest> {
  let handle: FileHandle
  try {
    handle = await open(join(folder, REQUEST_FILE), constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    return isMissing(error) ? { kind: 'none' } : { kind: 'refused', why: String(error) }
  }
  try {
    const why = reasonNotTrusted(await handle.stat())
    if (why !== undefined) return { kind: 'refused', why }
    const read = captureRequest.safeParse(jsonOf(await handle.readFile('utf8')))
    return read.success
      ? { kind: 'found', request: read.data }
      : { kind: 'refused', why: z.prettifyError(read.error) }
  } finally {
    await handle.close()
  }
}

const WRITABLE_BY_OTHERS = 0o022

/** Why a file is nobody's order. Where files have no owners nothing is known against it. */
function reasonNotTrusted(file: {
  isFile(): boolean
  uid: number
  mode: number
  size: number
}): string | undefined {
  if (!file.isFile() || file.size > 65_536) return 'it is no file of the size of an order'
  const own = process.getuid?.()
  if (own === undefined) return undefined
  if (file.uid !== own && file.uid !== 0) return 'it belongs to another user'
  return (file.mode & WRITABLE_BY_OTHERS) === 0 ? undefined : 'others than its owner may write it'
}

/** Gives an order; the gateway sees all of it or nothing. */
export async function writeRequest(folder: string, request: CaptureRequest): Promise<void> {
  await writeWhole(folder, REQUEST_FILE, request, 0o644)
}

/** Takes an order back; does nothing when there is none. */
export async function removeRequest(folder: string): Promise<void> {
  await rm(join(folder, REQUEST_FILE), { force: true })
}

/** A worker's answer. */
export async function writeStatus(folder: string, status: CaptureStatus): Promise<void> {
  await writeWhole(folder, statusFile(status.worker), status, 0o640)
}

/** The last answer of a worker; undefined when it has given none. */
export async function readStatus(folder: string, worker: number): Promise<CaptureStatus | undefined> {
  const text = await readFile(join(folder, statusFile(worker)), 'utf8').catch((error: unknown) => {
    if (isMissing(error)) return ''
    throw error
  })
  return captureStatus.safeParse(jsonOf(text)).data
}

function statusFile(worker: number): string {
  return `status-${worker}.json`
}

async function writeWhole(folder: string, name: string, value: unknown, mode: number): Promise<void> {
  const path = join(folder, name)
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(value)}\n`, { mode })
  await rename(`${path}.${process.pid}`, path)
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
