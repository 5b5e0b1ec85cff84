/** A message for more Devices than are read in one turn: its readings fit together whatever happens between two turns. */
import t from 'tap'
import type { FlagReading } from '../../src/core/device/device.ts'
import { type DeviceKey, deviceKeyOf } from '../../src/core/duis/eui64.ts'
import { type Flags, judge } from '../../src/gateway/judge.ts'
import { SentRequests } from '../../src/gateway/sent-requests.ts'
import { systemClock } from '../../src/observe/clock.ts'
import { clear, ESME, NOON, request, restricted, shipped, srv } from '../policy/messages.ts'

const table = await shipped('recommended')
const OTHERS = Array.from({ length: 6_000 }, (_, low) => deviceKeyOf(0x90b3_d51f, low))
const LAST = OTHERS.at(-1)

/** Flags that become those of a Restricted ESME when its slice is read and a later one is not: `onLater` says how. */
function flagsThatChange(onLater: (set: () => void, readings: FlagReading[]) => ReturnType<Flags['read']>) {
  let esme = clear()
  const flags = {
    generation: 0,
    read(keys: readonly DeviceKey[]) {
      const readings = keys.map((key) => (key === ESME ? esme : clear()))
      const set = () => {
        esme = restricted()
      }
      return keys.length < OTHERS.length && keys.includes(LAST ?? ESME) ? onLater(set, readings) : readings
    },
  }
  return flags
}

function verdictWith(flags: Flags, monotonicMs = systemClock.monotonicMs) {
  const clock = { ...systemClock, now: () => NOON, monotonicMs }
  const bench = { table: () => table, shadow: () => undefined, flags, clock, sent: new SentRequests(16) }
  return judge(bench, request([srv('4.1.1')], { devices: [ESME, ...OTHERS] }))
}

t.test('a flag that is set between two slices stops it, all records resident', async (t) => {
  const flags = flagsThatChange((set, readings) => {
    set()
    flags.generation++
    return readings
  })
  t.match(await verdictWith(flags), { kind: 'reject' })
})

t.test('a flag that begins while a later slice waits for the store stops it', async (t) => {
  const flags = flagsThatChange(async (set, readings) => {
    set()
    return readings
  })
  t.match(await verdictWith(flags), { kind: 'reject' })
})

t.test('a flag that is set while the process is paused between two slices stops it', async (t) => {
  let monotonic = 0
  const flags = flagsThatChange((set, readings) => {
    set()
    monotonic += 10_000
    return readings
  })
  t.match(await verdictWith(flags, () => monotonic), { kind: 'reject' })
})

t.test('the readings of a quiet moment count without another look', async (t) => {
  let looks = 0
  const flags = flagsThatChange((_, readings) => {
    looks++
    return readings
  })
  t.match(await verdictWith(flags), { kind: 'forward' })
  t.equal(looks, 1)
})

t.test('flags that change with every look are read in one go after the third', async (t) => {
  let looks = 0
  const flags = flagsThatChange((_, readings) => {
    looks++
    flags.generation++
    return readings
  })
  t.match(await verdictWith(flags), { kind: 'forward' })
  t.equal(looks, 3)
})
