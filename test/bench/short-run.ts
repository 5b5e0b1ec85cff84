/** Runs of the ladder that are as short as they can be. */
import { join } from 'node:path'
import { type BenchResult, readResult } from '../../bench/ladder/result.ts'
import { type TestScope, temporaryFolder } from '../support/start-gateway.ts'
import { runScript } from './run-script.ts'

/** A run over those rungs, with commas between, as its user starts it: what it ended with and left behind. */
export async function shortRun(
  t: TestScope,
  rungs: string,
): Promise<{ code: number | null; result: BenchResult }> {
  const out = join(await temporaryFolder(t), 'result.json')
  const args = [
    '--quick',
    '--rounds',
    '1',
    '--seconds',
    '0.05',
    '--rate',
    '200',
    '--fleet',
    '2000',
    '--pool',
    '256',
  ]
  const { code } = await runScript('run.ts', [...args, '--rungs', rungs, '--out', out])
  return { code, result: readResult(out) }
}
