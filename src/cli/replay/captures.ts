/**
 * Captured messages, from XML files and from NDJSON captures.
 *
 * A capture line is `{"direction":"southbound","path":"/api/v1/serviceS","body":"<base64>"}` at the least, and has time,
 * decision, verdict and rule where a gateway wrote it; all but direction and body may be absent. An XML file has none of
 * that: direction and path follow from what it says.
 */

import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { type CaptureLine, captureLine } from '../../capture/capture-line.ts'
import type { Direction } from '../../core/duis/facts.ts'
import { jsonOf } from '../../core/json.ts'
import { shapeWords } from '../../core/shape-words.ts'
import { bytesOf, type MessageSource } from '../message-sources.ts'
import { usageError } from '../terminal.ts'

/** Endings of the files that hold captured messages. */
export const CAPTURE_ENDINGS = ['.xml', '.ndjson'] as const

/** What may be absent is undefined. */
export interface Capture {
  /** File, with the line for NDJSON. */
  readonly name: string
  readonly direction: Direction | undefined
  readonly path: string | undefined
  readonly body: Buffer
  /** What it takes up in its file. */
  readonly bytes: number
  /** When the gateway took it in, in milliseconds since 1970. */
  readonly time: number | undefined
  /** The ID of the gateway's decision. */
  readonly decision: string | undefined
  /** What the gateway decided, and by which rule. */
  readonly verdict: CaptureLine['verdict']
  readonly rule: string | undefined
}

const NOTHING_KNOWN = {
  direction: undefined,
  path: undefined,
  time: undefined,
  decision: undefined,
  verdict: undefined,
  rule: undefined,
}

/** Reads the messages of one source in order. A line that is no capture is a usage error that names it. */
async function* capturesIn(source: MessageSource): AsyncGenerator<Capture> {
  if (source.name.toLowerCase().endsWith('.ndjson')) yield* linesOf(source)
  else {
    const body = await bytesOf(source)
    yield { ...NOTHING_KNOWN, name: source.name, body, bytes: body.length }
  }
}

/** The messages of all sources, one source after the other. */
export async function* capturesInTurn(sources: readonly MessageSource[]): AsyncGenerator<Capture> {
  for (const source of sources) yield* capturesIn(source)
}

/** The messages of all sources as they came in: those of several workers between one another. Each must have its time. */
export async function* capturesByTime(sources: readonly MessageSource[]): AsyncGenerator<TimedCapture> {
  const open = sources.map((source) => capturesIn(source))
  const heads = await Promise.all(open.map(nextTimed))
  for (;;) {
    const [first] = heads
      .flatMap((head, index) => (head ? [{ head, index }] : []))
      .sort((a, b) => a.head.time - b.head.time)
    const source = first && open[first.index]
    if (!source) return
    yield first.head
    heads[first.index] = await nextTimed(source)
  }
}

/** A capture of which it is known when it came in. */
export type TimedCapture = Capture & { readonly time: number }

async function nextTimed(captures: AsyncGenerator<Capture>): Promise<TimedCapture | undefined> {
  const { value, done } = await captures.next()
  if (done) return undefined
  const { name, time } = value
  if (time === undefined) throw usageError(`${name} has no time, which --pace goes by; use --rate`)
  return { ...value, time }
}

async function* linesOf(source: MessageSource): AsyncGenerator<Capture> {
  let number = 0
  for await (const line of createInterface({
    input: Readable.from(source.open()),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++
    if (line.trim() !== '') yield captureIn(line, `${source.name}:${number}`)
  }
}

function captureIn(line: string, name: string): Capture {
  const read = captureLine.safeParse(jsonOf(line), { error: shapeWords })
  if (!read.success) {
    const [issue] = read.error.issues
    const why = issue ? ` (${[...issue.path, issue.message].join(': ')})` : ''
    throw usageError(
      `${name} is not a capture${why}; give {"direction":"southbound","path":"/…","body":"<base64>"} on one line`,
    )
  }
  const { body, time, ...known } = read.data
  return {
    ...NOTHING_KNOWN,
    ...known,
    name,
    body: Buffer.from(body, 'base64'),
    bytes: Buffer.byteLength(line) + 1,
    time: time === undefined ? undefined : Date.parse(time),
  }
}
