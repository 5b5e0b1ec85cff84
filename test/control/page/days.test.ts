/** A day on the page is from midnight to midnight on British clocks, also where it has 23 or 25 hours. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { instantOf } from '../../../src/core/device/device.ts'
import { newDecisionId } from '../../../src/gateway/decision-id.ts'
import { temporaryFolder } from '../../support/start-gateway.ts'
import { household, NOW, Visit } from './household.ts'

/** A day with the first and the last second of it. */
const DAYS = [
  { day: '2026-03-29', hours: 23, first: '2026-03-29T00:00:00Z', last: '2026-03-29T22:59:59Z' },
  { day: '2026-10-24', hours: 24, first: '2026-10-23T23:00:00Z', last: '2026-10-24T22:59:59Z' },
  { day: '2026-10-25', hours: 25, first: '2026-10-24T23:00:00Z', last: '2026-10-25T23:59:59Z' },
  { day: '2026-11-23', hours: 24, first: '2026-11-23T00:00:00Z', last: '2026-11-23T23:59:59Z' },
]
const REQUEST_ID = '90-B3-D5-1F-30-01-00-01:00-DB-00-00-00-00-00-03:7'

const lineAt = (at: number) =>
  `${JSON.stringify({
    ...{ decision: newDecisionId(instantOf(at)), time: new Date(at).toISOString(), direction: 'southbound' },
    ...{ part: 'message', kind: 'service-request', codes: ['4.18'], devices: [], outcome: 'rejected' },
    ...{ user: '90-B3-D5-1F-30-01-00-01', requestId: REQUEST_ID, verdict: 'reject' },
  })}\n`

for (const { day, hours, first, last } of DAYS)
  t.test(`decisions of ${day} are those of its ${hours} hours, and none beside them`, async (t) => {
    const folder = await temporaryFolder(t)
    const [begins, ends] = [Date.parse(first), Date.parse(last)]
    const times = [begins - 1_000, begins, ends, ends + 1_000]
    const files = new Map<string, string>()
    for (const at of times) {
      const name = `gateway-${new Date(at).toISOString().slice(0, 10)}.ndjson`
      files.set(name, (files.get(name) ?? '') + lineAt(at))
    }
    for (const [name, text] of files) writeFileSync(join(folder, name), text)
    const house = await household(t, { journalFolders: [folder] })
    const visit = await new Visit(house).signIn(house.tokenOf('service centre'))
    await visit.get(`/decisions?${new URLSearchParams({ requestId: REQUEST_ID, day })}`)
    const arrived = [...visit.text.matchAll(/datetime="([^"]*)"/g)].map(([, text]) => text)
    t.same(
      arrived,
      [begins, ends].map((at) => new Date(at).toISOString()),
    )
  })

t.test('a message that was done after the midnight in whose last second it arrived is found', async (t) => {
  const folder = await temporaryFolder(t)
  writeFileSync(join(folder, 'gateway-2026-11-24.ndjson'), lineAt(Date.parse('2026-11-23T23:59:59Z')))
  const house = await household(t, { journalFolders: [folder] })
  const visit = await new Visit(house).signIn(house.tokenOf('service centre'))
  await visit.get(`/decisions?${new URLSearchParams({ requestId: REQUEST_ID, day: '2026-11-23' })}`)
  t.match(visit.text, 'datetime="2026-11-23T23:59:59.000Z"')
})

for (const { day, hours, first, last } of DAYS)
  t.test(`the audit of ${day} is that of its ${hours} hours, and of none beside them`, async (t) => {
    const house = await household(t)
    const [begins, ends] = [Date.parse(first), Date.parse(last)]
    house.pass(begins - 1_000 - NOW)
    for (const ms of [0, 1_000, ends - begins, 1_000]) {
      house.pass(ms)
      await new Visit(house).signIn(house.tokenOf('supplier'))
    }
    const visit = await new Visit(house).signIn(house.tokenOf('auditor'))
    const asked = { kind: 'sign-ins', party: 'SUP-E', from: day, until: day }
    await visit.get(`/audit?${new URLSearchParams(asked)}`)
    const times = [...visit.text.matchAll(/data-column="When"><time datetime="([^"]*)"/g)]
    t.same(
      times.map(([, text]) => text),
      [ends, begins].map((at) => new Date(at).toISOString()),
    )
  })
