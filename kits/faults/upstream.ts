/** The DSP of a probe: takes every message unless told otherwise, and goes with the probe. */
import { answering, type Behaviour, type StubPeer, startStubDsp } from '../../test/support/stub-dsp.ts'
import type { ProbeScope } from './row.ts'

export async function startDsp(
  scope: ProbeScope,
  behaviour: Behaviour = answering(204, ''),
): Promise<StubPeer> {
  const dsp = await startStubDsp()
  dsp.behave(behaviour)
  scope.teardown(() => dsp.close())
  return dsp
}
