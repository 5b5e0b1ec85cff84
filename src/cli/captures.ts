/**
 * Captured messages, from XML files and from NDJSON captures.
 *
 * A capture line is `{"direction":"southbound","path":"/api/v1/serviceS","body":"<base64>"}`; `path` may be absent. An XML
 * file has neither direction nor path: both follow from what it says.
 */
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Direction } from '../core/duis/facts.ts'
import { bytesOf, type MessageSource } from './message-sources.ts'
import { usageError } from './terminal.ts'

/** Endings of the files that hold captured messages. */
export const CAPTURE_ENDINGS = ['.xml', '.ndjson'] as const

export interface Capture {
  /** File, with the line for NDJSON. */
  readonly name: string
  readonly direction: Direction | undefined
  readonly path: string | undefined
  readonly body: Buffer
}

const captureLine = z.strictObject({
  direction: z.enum(['southbound', 'northbound']),
  path: z.string().startsWith('/').optional(),
  body: z.base64(),
})

/** Reads the messages of one source in order. A line that is no capture is a usage error that names it. */
export async function* capturesIn(source: MessageSource): AsyncGenerator<Capture> {
  if (source.name.toLowerCase().endsWith('.ndjson')) yield* linesOf(source)
  else yield { name: source.name, direction: undefined, path: undefined, body: await bytesOf(source) }
}

async function* linesOf(source: MessageSource): AsyncGenerator<Capture> {
  let number = 0
  for await (const line of createInterface({
    input: Readable.from(source.open()),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number++
    if (line.trim() === '') continue
    const name = `${source.name}:${number}`
    const capture = captureLine.safeParse(jsonOf(line))
    if (!capture.success) {
      throw usageError(
        `${name} is not a capture; give {"direction":"southbound","path":"/…","body":"<base64>"} on one line`,
      )
    }
    const { direction, path, body } = capture.data
    yield { name, direction, path, body: Buffer.from(body, 'base64') }
  }
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
