// What a page says of a change: how far it has come, and of which gateways nobody can say.
import t from 'tap'
import { progressOf } from '../../../src/control/page/views/flag-status.ts'
import { instantOf } from '../../../src/core/device/device.ts'

const RECORDED = instantOf(1_700_000_000_000)
const flag = { version: 1, recordedAt: RECORDED, until: undefined }
const inForce = { ...flag, inForceAt: instantOf(RECORDED + 240) }
const propagating = { ...flag, inForceAt: undefined }
const silent = { gateway: 'gw-2', why: 'silent', seenAt: RECORDED, byMs: 9_000 } as const
const behind = { gateway: 'gw-3', why: 'clock-behind', seenAt: RECORDED, byMs: 10_000 } as const

t.test('a change is in force in every gateway, or in every one that reports', async (t) => {
  t.same(progressOf(inForce, []), { text: 'In force in every gateway after 240 ms', isSettled: true })
  t.same(progressOf(inForce, [silent]), {
    text: 'In force in every gateway that reports after 240 ms; gw-2 has not reported for 9 seconds',
    isSettled: true,
  })
})

t.test('a change that does not come on says why', async (t) => {
  t.same(progressOf(propagating, [silent, behind]), {
    text: 'Propagating: not every gateway has this change yet; gw-2 has not reported for 9 seconds; the clock of gw-3 is 10 seconds behind',
    isSettled: false,
  })
})
