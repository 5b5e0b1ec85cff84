/** Reads request bodies up to a limit, and says what is wrong with one that cannot be read. */
import { readUtf8 } from '../../core/utf8-text.ts'
import { jsonTextFault } from './json-text.ts'
import type { Problem } from './problems.ts'

const MAX_JSON_BYTES = 1024 * 1024
/** About 500,000 rows of a bulk file. */
export const MAX_CSV_BYTES = 64 * 1024 * 1024

export type BodyReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: Problem }

/** The media type of a request without its parameters; empty when there is none. */
function mediaTypeOf(request: Request): string {
  return request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
}

/** Why a body of this type cannot be taken; undefined when it can. */
export function mediaProblem(request: Request, taken: string): Problem | undefined {
  const coding = request.headers.get('content-encoding')?.trim().toLowerCase()
  if (coding !== undefined && coding !== 'identity')
    return { code: 'media-type-unsupported', detail: 'Send the body without a content coding.' }
  if (mediaTypeOf(request) === taken) return undefined
  return { code: 'media-type-unsupported', detail: `Send the body as ${taken}.`, headers: { accept: taken } }
}

/**
 * The JSON value of a body of at most `MAX_JSON_BYTES`, which is not nested without end and has no key twice. `mayBeAbsent`: no body, or
 * an empty one that says no type, is an empty object.
 */
export async function readJson(request: Request, mayBeAbsent: boolean): Promise<BodyReading> {
  const isUntyped = mayBeAbsent && !request.headers.has('content-type')
  const media = isUntyped ? undefined : mediaProblem(request, 'application/json')
  const problem = media ?? tooLongSaid(request, MAX_JSON_BYTES)
  if (problem) return { ok: false, problem }
  try {
    const bytes = await wholeOf(request, MAX_JSON_BYTES)
    if (!isUntyped) return jsonOf(bytes)
    if (bytes.length === 0) return { ok: true, value: {} }
    return { ok: false, problem: mediaProblem(request, 'application/json') ?? UNREADABLE }
  } catch (error) {
    if (!(error instanceof TooLong)) return { ok: false, problem: UNREADABLE }
    return { ok: false, problem: tooLarge(MAX_JSON_BYTES) }
  }
}

function jsonOf(bytes: Uint8Array): BodyReading {
  const read = readUtf8(bytes)
  if (!read.ok) return { ok: false, problem: unreadable(`Line ${read.line}: ${read.fault}.`) }
  const value: unknown = JSON.parse(read.text)
  const fault = jsonTextFault(read.text)
  return fault === undefined ? { ok: true, value } : { ok: false, problem: unreadable(fault) }
}

function unreadable(detail: string): Problem {
  return { code: 'body-unreadable', detail }
}

const UNREADABLE = unreadable('Send JSON text in UTF-8.')

/** Why a body that says how long it is will not be read; undefined when it may be. */
export function tooLongSaid(request: Request, maxBytes: number): Problem | undefined {
  return Number(request.headers.get('content-length') ?? 0) > maxBytes ? tooLarge(maxBytes) : undefined
}

function tooLarge(maxBytes: number): Problem {
  return { code: 'body-too-large', detail: `Send at most ${maxBytes} bytes.` }
}

/** A body went past its limit while it was read. */
export class TooLong extends Error {
  readonly code = 'BODY_TOO_LONG'
  constructor(maxBytes: number) {
    super(`the body has more than ${maxBytes} bytes`)
    this.name = 'TooLong'
  }
}

async function wholeOf(request: Request, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of boundedChunks(request, maxBytes)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The body piece by piece; throws TooLong at the first byte too many. */
export async function* boundedChunks(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  if (!request.body) return
  let bytes = 0
  for await (const chunk of request.body) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) throw new TooLong(maxBytes)
    yield chunk
  }
}
