/**
 * Kills roll-ups of a growing journal at random moments and recounts in the end: no record may be lost or counted twice.
 *
 *   node scripts/rollup-kills.ts [--kills 1000] [--driver sqlite|postgres] [--seed 7]
 */

import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readOptions } from '../bench/support/help.ts'
import { killRollUps } from '../test/reports/rollup-kills.ts'
import { startPostgres } from '../test/support/postgres.ts'
import { wardedFolder } from '../test/support/warden.ts'

const { values } = readOptions({
  options: {
    kills: { type: 'string', default: '1000' },
    driver: { type: 'string', default: 'sqlite' },
    seed: { type: 'string', default: '7' },
  },
})
const folder = wardedFolder('duisgate-kills-')
const server = values.driver === 'postgres' ? await startPostgres() : undefined
try {
  const place = server ? JSON.stringify(await server.schema()) : join(folder, 'store.db')
  const begunMs = performance.now()
  const outcome = await killRollUps({
    ...{ driver: values.driver, place, folder: join(folder, 'journal') },
    ...{ kills: Number(values.kills), seed: Number(values.seed) },
    onKill: (done) => done % 100 === 0 && console.log(`${done} kills`),
  })
  const isWhole =
    outcome.counted === outcome.records && outcome.unfinished === 0 && outcome.wrong.length === 0
  const seconds = Math.round((performance.now() - begunMs) / 1_000)
  console.log(JSON.stringify({ ...outcome, driver: values.driver, seconds, isWhole }))
  process.exitCode = isWhole ? 0 : 1
} finally {
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
}
