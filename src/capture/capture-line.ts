/**
 * A line of a capture file (NDJSON): a message, and where it is known what became of it. Whoever writes captures by hand
 * needs only direction and body; a key that is not known here is refused, for it may be a misspelt one.
 */
import { z } from 'zod'

export const captureLine = z.strictObject({
  direction: z.enum(['southbound', 'northbound']),
  /** The path it was posted to; absent: the one that its kind is for. */
  path: z.string().startsWith('/').optional(),
  /** The bytes of the message. */
  body: z.base64(),
  /** When it arrived. */
  time: z.iso.datetime().optional(),
  decision: z.string().min(1).max(64).optional(),
  verdict: z.enum(['forward', 'reject', 'withhold', 'defer', 'refuse']).optional(),
  /** The rule that decided, or the code of the fault where it was refused. */
  rule: z.string().min(1).max(128).optional(),
})

/** What a line holds. */
export type CaptureLine = z.infer<typeof captureLine>
