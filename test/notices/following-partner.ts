/** A partner that knows of a Device only what its notices say, and any story that the Device may have. */
import fc from 'fast-check'
import { type Instant, instantOf } from '../../src/core/device/device.ts'
import { type FlagEntry, type LastNotified, nextNotice, phaseOf } from '../../src/core/notice/next-notice.ts'
import { ESME, HUB, NEW_HUB } from '../restriction/scene.ts'

/** How a Device may stand after a change. */
const NEWS = fc.record({
  hub: fc.constantFrom(HUB, NEW_HUB, undefined),
  region: fc.constantFrom('North', 'South', undefined),
  restriction: fc.option(
    fc.record({ from: fc.integer({ min: 0, max: 20 }), length: fc.option(fc.integer({ min: 0, max: 20 })) }),
  ),
  isClosed: fc.boolean(),
  waitMs: fc.integer({ min: 0, max: 6 }),
})

type Change = typeof NEWS extends fc.Arbitrary<infer Value> ? Value : never

/** What happens to one Device, change after change. */
export const STORY = fc.array(NEWS, { minLength: 1, maxLength: 12 })

/** Whether the CSP of the North knows after each change how the Device stands, by its notices alone. */
export function partnerAlwaysKnows(story: readonly Change[]): boolean {
  let last: LastNotified = {
    ...{ party: 'CSP-N', device: ESME, hub: undefined, region: undefined, restriction: undefined },
    ...{ phase: 'none', count: 0 },
  }
  let known: Known = { from: null, until: null, isTheirs: false }
  let now = instantOf(0)
  let sequence = 0
  for (const { waitMs, restriction, ...stands } of story) {
    now = instantOf(now + waitMs)
    const news: FlagEntry = { ...stands, device: ESME, restriction: restrictionOf(restriction), at: now }
    const outcome = nextNotice(news, last, stands.region === 'North', now)
    last = outcome.notified
    const { notice: said } = outcome
    if (said) {
      if (said.content.sequence !== ++sequence) return false
      const { from, until } = said.content
      const isTheirs = said.kind !== 'no-longer-yours'
      known = { from: textOrNull(from), until: textOrNull(until), isTheirs }
    }
    const truth = stands.region === 'North' ? phaseOf(news.restriction, now) : 'none'
    if (phaseKnown(known, now) !== truth) return false
  }
  return true
}

interface Known {
  readonly from: string | null
  readonly until: string | null
  readonly isTheirs: boolean
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function restrictionOf(given: { readonly from: number; readonly length: number | null } | null) {
  if (given === null) return undefined
  const until = given.length === null ? undefined : instantOf(given.from + given.length)
  return { from: instantOf(given.from), until }
}

function phaseKnown({ from, until, isTheirs }: Known, now: Instant) {
  if (!isTheirs || from === null) return 'none'
  const timeOf = (text: string) => instantOf(Date.parse(text))
  return phaseOf({ from: timeOf(from), until: until === null ? undefined : timeOf(until) }, now)
}
