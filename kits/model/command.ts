/**
 * `npm run model`: tries the model with every set of faults and rules, one line each; exit code 1 when one came out
 * otherwise than it must. With defines (`npm run model -- FAILS_OVER ASYNC UNFENCED`) that run alone, with its trace.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { wardedFolder } from '../../test/support/warden.ts'
import { RUNS } from './runs.ts'
import { missingProgram, verify } from './spin.ts'

const wanted = process.argv.slice(2)
const runs = RUNS.filter(({ defines }) => wanted.length === 0 || `${defines}` === `${wanted}`)

const missing = missingProgram()
if (missing !== undefined) throw new Error(`${missing} is not installed`)
if (runs.length === 0) throw new Error(`kits/model/runs.ts has no run with ${wanted.join(' ')}`)

const folder = wardedFolder('duisgate-model-')
for (const [place, run] of runs.entries()) {
  const { outcome, states, trace } = await verify(run, join(folder, String(place)))
  const isAsExpected = (outcome === 'none') === (run.outcome === 'holds')
  if (!isAsExpected) process.exitCode = 1
  const words = `${run.outcome}: ${run.what} (${run.defines.join(' ') || 'nothing'}), ${states} states`
  process.stdout.write(`${isAsExpected ? 'ok' : 'NOT OK'} ${words}\n`)
  if (wanted.length > 0) for (const step of trace) process.stdout.write(`  ${step}\n`)
}
await rm(folder, { recursive: true })
