/** A Service User's Receive Response Service for tests: acknowledges every delivery with 204. */
import { answering, type StubPeer, startStubPeer } from './stub-dsp.ts'

export function startStubUser(): Promise<StubPeer> {
  return startStubPeer(answering(204, ''))
}
