/**
 * A process of its own that writes to a store until it is ended: `writer-process.ts DRIVER PLACE [COUNT]`, where PLACE is
 * a file for `sqlite` and a connection as JSON for `postgres`. Each change that is answered is told to the parent.
 */
import { instantOf } from '../../src/core/device/device.ts'
import { deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { entry, restriction } from './flag-life.ts'
import { openAt } from './open-at.ts'

const [driver = '', place = '', count = '1000000'] = process.argv.slice(2)
const store = await openAt(driver, place)
process.send?.('open')
for (let n = 0; n < Number(count); n++) {
  const id = `R-${process.pid}-${n}`
  await store.change(async (unit) => {
    const members = [deviceKeyOf(2, n), deviceKeyOf(3, n)]
    await unit.restrictions.put(restriction({ id, meter: deviceKeyOf(2, n), members, from: instantOf(0) }))
    await unit.audit.append(entry({ subject: id }))
  })
  process.send?.(id)
}
await store.close()
process.disconnect()
