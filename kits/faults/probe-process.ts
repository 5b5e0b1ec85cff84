/** One probe in this process. Words: the row's ID, the number of the proof, `--quick`. Sends what came of it, and ends. */
import process from 'node:process'
import { everyRow } from './every-row.ts'
import { partOfProbe } from './run-probe.ts'

const [id, number, quick] = process.argv.slice(2)
const proof = (await everyRow()).find((row) => row.id === id)?.proofs[Number(number)]
if (proof?.kind !== 'probe') throw new Error(`row ${id} has no probe ${number}`)
process.send?.(await partOfProbe(proof, quick === '--quick'), () => process.exit())
