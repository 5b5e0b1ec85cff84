/**
 * A process of its own that imports Devices: `import-process.ts DRIVER PLACE ROWS [STALL_AFTER]`, the place as in
 * `open-at.ts`. With STALL_AFTER it waits before that row until it is ended.
 */
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import type { ImportRow } from '../../src/store/inventory-import.ts'
import { openAt } from './open-at.ts'
import { device } from './place.ts'

const [driver = '', place = '', count = '0', stallAfter] = process.argv.slice(2)

/** The rows of the import, as often as they are asked for. */
async function* rowsFrom(skip: number): AsyncGenerator<ImportRow> {
  for (let low = skip; low < Number(count); low++) {
    if (low === Number(stallAfter)) await new Promise(() => {})
    yield { device: device(deviceKeyOf(9, low)) }
  }
}

const store = await openAt(driver, place)
const outcome = await store.importInventory(
  { hash: 'rows', rows: rowsFrom },
  { onProgress: (progress) => process.send?.(progress) },
)
process.send?.(outcome)
await store.close()
process.disconnect()
