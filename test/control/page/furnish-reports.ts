/** Figures for the pages of reports: what a roll-up and a leak check of November would have kept. */
import { instantOf } from '../../../src/core/device/device.ts'
import { parseEui64 } from '../../../src/core/duis/eui64.ts'
import type { Fate } from '../../../src/core/report/fate.ts'
import type { ControlStore } from '../../../src/store/control-store.ts'

/** The month of the tour. */
export const MONTH = '2026-11'

const AT = instantOf(Date.parse('2026-11-20T09:00:00Z'))
const METER = '00-DB-00-00-00-00-00-31'

export async function furnishReports({ reports }: ControlStore): Promise<void> {
  const device = parseEui64(METER)
  if (device === undefined) throw new Error(`${METER} is not a Device ID`)
  const place = { month: MONTH, region: 'North', generation: 'SMETS2' }
  const counted = (kind: 'request' | 'answer', code: string, fate: Fate, messages: number) => {
    const isRestricted = fate === 'rejected' || fate === 'withheld'
    return { ...place, kind, code, class: 'consumption', user: undefined, fate, isRestricted, messages }
  }
  await reports.keepBatch({
    from: 0,
    mark: {
      ...{ journal: 'tour', name: 'gateway-2026-11-20.ndjson', offset: 70_000, records: 100, unreadable: 0 },
      ...{ firstAt: AT, lastAt: AT },
    },
    counts: [
      counted('request', '4.1.1', 'sent', 9_400),
      counted('request', '4.1.1', 'rejected', 312),
      counted('answer', '4.1.1', 'succeeded', 9_120),
      counted('answer', '4.1.1', 'failed', 180),
      counted('answer', '4.8.1', 'withheld', 27),
      counted('request', '11.1', 'sent', 640),
    ],
    blocked: [
      {
        ...place,
        device,
        hub: undefined,
        supplier: 'SUP-E',
        class: 'consumption',
        fate: 'rejected',
        messages: 312,
      },
      {
        ...place,
        device,
        hub: undefined,
        supplier: 'SUP-E',
        class: 'billing',
        fate: 'withheld',
        messages: 27,
      },
    ],
    sightings: [],
    listDays: [{ revision: 'a1b2c3d4', day: '2026-11-20', firstAt: AT, lastAt: AT, messages: 100 }],
  })
  const leak = { time: '2026-11-20T09:00:00.000Z', direction: 'northbound', code: '8F0A', device: METER }
  const outcome = {
    ...{ month: MONTH, messages: 100, letThrough: 61, stopped: 39, faults: 1, unreadable: 1 },
    unjudged: { 'list-not-at-hand': 2 },
    leaks: [
      {
        ...{ fault: 'let-through-while-restricted', decision: 'AZyt4hI74yU2b8cJwWlH5A', ...leak },
        ...{ verdict: 'forward', outcome: 'forwarded', tableRevision: 'a1b2c3d4' },
      },
    ],
  }
  await reports.keepLeakCheck({ month: MONTH, gateway: 'gw-1', at: AT, outcome: JSON.stringify(outcome) })
  const clean = { ...outcome, faults: 0, leaks: [], unjudged: {} }
  await reports.keepLeakCheck({ month: MONTH, gateway: 'gw-2', at: AT, outcome: JSON.stringify(clean) })
}
