/** Sending a message on: only with a Permit, only the bytes that were read, and only once. */
import { isPermit, type Permit } from '../core/policy/decide.ts'
import type { Upload, Upstream, UpstreamOutcome, UpstreamRequest } from './upstream.ts'

/** Sends a message held whole. */
export function forward(
  permit: Permit,
  upstream: Upstream,
  request: UpstreamRequest,
  bytes: Buffer,
): Promise<UpstreamOutcome> {
  mustBeDecided(permit)
  return upstream.post(request, bytes)
}

/** Begins to send a large message on the strength of what it said so far. */
export function beginForward(
  permit: Permit,
  upstream: Upstream,
  request: UpstreamRequest,
  contentLength: number | undefined,
): Upload {
  mustBeDecided(permit)
  return upstream.upload(request, contentLength)
}

/** Lets the end of a large message go, on the strength of all it said. */
export function finishForward(permit: Permit, upload: Upload, tail: Buffer): Promise<UpstreamOutcome> {
  mustBeDecided(permit)
  return upload.finish(tail)
}

/** The type already says so; this stops a forged object from code that was not compiled with it. */
function mustBeDecided(permit: Permit): void {
  if (!isPermit(permit)) throw new Error('a message without a Permit must not be forwarded')
}
