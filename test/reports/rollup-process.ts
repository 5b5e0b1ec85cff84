/**
 * A process that rolls a journal up until it is ended: `rollup-process.ts DRIVER PLACE FOLDER`, DRIVER and PLACE as in
 * `open-at.ts`. Small batches, so that a kill falls into the middle of many.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { RollUp } from '../../src/reports/roll-up.ts'
import { openAt } from '../store/open-at.ts'

const [driver = '', place = '', folder = ''] = process.argv.slice(2)
const store = await openAt(driver, place)
const log = { warn: () => {} }
process.send?.('open')
for (;;) {
  await new RollUp({ store: store.reports, folder, log, batchBytes: 4_096 }).run()
  await pause(5)
}
