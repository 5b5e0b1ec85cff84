/** A second process that sets flags in the same SQLite file: `writer-process.ts FILE COUNT`. */
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

const [file = '', count = '0'] = process.argv.slice(2)
const store = openSqliteStore({ file })
process.send?.('open')
for (let low = 0; low < Number(count); low++) {
  await store.setRestriction([deviceKeyOf(2, low)], instantOf(0))
  await new Promise(setImmediate)
}
await store.close()
process.disconnect()
