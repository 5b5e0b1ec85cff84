/** The checker finds what is wrong with a history, and nothing wrong with a right one. */
import t from 'tap'
import { check, hasShownEnough, type Rule } from './checker.ts'
import type { HistoryLine, ProbeOutcome } from './history.ts'

const DEVICE = 'D1'
const LEASE_MS = 1_000

/** Lines of a history, told one after the other. */
class Story {
  readonly lines: HistoryLine[] = [{ type: 'settings', leaseMs: LEASE_MS, gateways: ['g1'], seed: 1 }]
  #count = 0

  change(to: 'restricted' | 'clear', askedAt: number, inForceAt?: number, effectiveAt = 0): this {
    const change = ++this.#count
    this.lines.push(
      { type: 'change-asked', at: askedAt, change, device: DEVICE, to },
      { type: 'change-made', at: askedAt + 5, change, effectiveAt },
    )
    if (inForceAt !== undefined)
      this.lines.push({ type: 'change-in-force', at: inForceAt, change, tookMs: inForceAt - askedAt })
    return this
  }

  failed(to: 'restricted' | 'clear', askedAt: number, failedAt: number): this {
    const change = ++this.#count
    this.lines.push(
      { type: 'change-asked', at: askedAt, change, device: DEVICE, to },
      { type: 'change-failed', at: failedAt, change },
    )
    return this
  }

  probe(
    outcome: ProbeOutcome,
    sentAt: number,
    more: { arrivedAt?: number; safe?: true; verdict?: Verdict } = {},
  ): this {
    const probe = ++this.#count
    const isBlockable = !more.safe
    this.lines.push({ type: 'probe-sent', at: sentAt, probe, gateway: 'g1', device: DEVICE, isBlockable })
    const arrivedAt = more.arrivedAt ?? (outcome === 'forwarded' ? sentAt + 1 : undefined)
    if (arrivedAt !== undefined) this.lines.push({ type: 'probe-arrived', at: arrivedAt, probe })
    if (outcome !== 'unknown')
      this.lines.push({ type: 'probe-answered', at: (arrivedAt ?? sentAt) + 1, probe, outcome })
    if (more.verdict) this.lines.push({ type: 'verdict', probe, ...more.verdict })
    return this
  }

  fault(kind: 'cut' | 'black-hole' | 'delay', beganAt: number, endedAt: number): this {
    const fault = ++this.#count
    this.lines.push(
      { type: 'fault-began', at: beganAt, fault, kind, gateway: 'g1' },
      { type: 'fault-ended', at: endedAt, fault },
    )
    return this
  }

  rules(): Rule[] {
    return check(this.lines).violations.map(({ rule }) => rule)
  }
}

interface Verdict {
  readonly verdict: string
  readonly flag: string
  readonly version: number | undefined
  readonly ageMs: number | undefined
}

const verdictOf = (version: number, ageMs = 10): Verdict => ({
  verdict: 'forward',
  flag: 'clear',
  version,
  ageMs,
})

t.test('a right history has no violation', async (t) => {
  const story = new Story()
    .change('restricted', 100, 200)
    .probe('rejected', 150)
    .probe('forwarded', 150)
    .probe('rejected', 201)
    .probe('deferred', 300)
    .change('clear', 400, 500)
    .probe('forwarded', 399, { arrivedAt: 401 })
    .probe('forwarded', 501)
    .probe('forwarded', 600, { safe: true })
  t.same(story.rules(), [])
})

t.test('finds a message let through after the flag was in force', async (t) => {
  const late = () => new Story().change('restricted', 100, 200)
  t.same(late().probe('forwarded', 200).rules(), ['forwarded-while-restricted'])
  t.same(late().probe('forwarded', 9_999).rules(), ['forwarded-while-restricted'])
  t.same(late().probe('unknown', 200, { arrivedAt: 230 }).rules(), ['forwarded-while-restricted'])
  t.same(late().probe('rejected', 200, { arrivedAt: 230 }).rules(), ['forwarded-while-restricted'])
  t.same(late().probe('forwarded', 199).rules(), [], 'sent before: either is right')
})

t.test('finds it also when the flag was set for later, from its beginning on', async (t) => {
  const later = () => new Story().change('restricted', 100, 200, 1_000)
  t.same(later().probe('forwarded', 990).rules(), [])
  t.same(later().probe('forwarded', 1_010).rules(), ['forwarded-while-restricted'])
})

t.test('a clear that failed leaves the flag in force', async (t) => {
  const story = () => new Story().change('restricted', 100, 200).failed('clear', 300, 400)
  t.same(story().probe('forwarded', 350).rules(), [], 'nobody knows yet')
  t.same(story().probe('forwarded', 401).rules(), ['forwarded-while-restricted'])
})

t.test('a set that failed restricts nothing', async (t) => {
  const story = new Story().change('clear', 0, 50).failed('restricted', 100, 200)
  t.same(story.probe('forwarded', 250).rules(), [])
})

t.test('finds a message rejected with the clear in force', async (t) => {
  const cleared = () => new Story().change('restricted', 0, 10).change('clear', 100, 200)
  t.same(cleared().probe('rejected', 201).rules(), ['stopped-while-clear'])
  t.same(cleared().probe('deferred', 201).rules(), [], 'not to know is allowed')
  t.same(
    cleared().change('restricted', 202, 300).probe('rejected', 201).rules(),
    [],
    'answered after the next set',
  )
})

t.test('finds a verdict on a flag older than the lease', async (t) => {
  t.same(new Story().probe('forwarded', 5, { verdict: verdictOf(1, LEASE_MS) }).rules(), [])
  t.same(new Story().probe('forwarded', 5, { verdict: verdictOf(1, LEASE_MS + 1) }).rules(), ['beyond-lease'])
  const deferred = { verdict: 'defer', flag: 'stale', version: 1, ageMs: 9_000 }
  t.same(new Story().probe('deferred', 5, { verdict: deferred }).rules(), [])
})

t.test('finds a gateway that is sure although it has been cut off for longer than the lease', async (t) => {
  const cut = () => new Story().fault('black-hole', 1_000, 5_000)
  t.same(cut().probe('forwarded', 1_900).rules(), [])
  t.same(cut().probe('forwarded', 2_001).rules(), ['cut-off-and-sure'])
  t.same(cut().probe('rejected', 2_001).rules(), ['cut-off-and-sure'])
  t.same(cut().probe('deferred', 2_001).rules(), [])
  t.same(cut().probe('forwarded', 2_001, { arrivedAt: 5_100 }).rules(), [], 'decided after it was over')
  t.same(cut().probe('forwarded', 2_001, { safe: true }).rules(), [])
  t.same(new Story().fault('delay', 1_000, 5_000).probe('forwarded', 2_001).rules(), [])
})

t.test('finds a gateway that goes back to an older flag', async (t) => {
  const story = () => new Story().probe('forwarded', 10, { verdict: verdictOf(7) })
  t.same(
    story()
      .probe('forwarded', 20, { verdict: verdictOf(7) })
      .rules(),
    [],
  )
  t.same(
    story()
      .probe('forwarded', 20, { verdict: verdictOf(6) })
      .rules(),
    ['went-back'],
  )
  t.same(
    story()
      .probe('forwarded', 11, { verdict: verdictOf(6) })
      .rules(),
    [],
    'side by side: no order',
  )
})

t.test('finds a stopped message that no flag may stop', async (t) => {
  for (const outcome of ['rejected', 'deferred'] as const)
    t.same(new Story().probe(outcome, 5, { safe: true }).rules(), ['safety-stopped'])
  t.same(
    new Story().probe('unknown', 5, { safe: true }).rules(),
    [],
    'a gateway that is not there stops nothing',
  )
})

t.test('finds a change that never came to be in force', async (t) => {
  t.same(new Story().change('restricted', 100).rules(), ['never-in-force'])
  t.same(new Story().failed('restricted', 100, 110).rules(), [])
})

t.test('doubts a history that shows too little', async (t) => {
  const { doubts } = check(new Story().change('restricted', 100, 200).probe('rejected', 300).lines)
  t.match(doubts, ['g1 has forwarded nothing', 'only 1 messages at g1 had to be stopped', /no journal/])
  t.match(check([]).doubts.join(), 'there is no gateway')
})

t.test(
  'a run has shown enough once each gateway had twenty to stop, has stopped one and forwarded one',
  async (t) => {
    const story = new Story().change('restricted', 100, 200)
    for (let at = 300; at < 319; at++) story.probe('rejected', at)
    t.equal(hasShownEnough(story.lines), false)
    t.equal(hasShownEnough(story.probe('rejected', 319).lines), false, 'none was forwarded')
    t.equal(hasShownEnough(story.probe('forwarded', 50).lines), true)
  },
)

t.test('states times to in force, those without a fault near apart', async (t) => {
  const story = new Story().fault('cut', 20_000, 21_000)
  for (let place = 1; place <= 100; place++) story.change('restricted', place * 100, place * 100 + place)
  story.change('clear', 20_500, 24_500)
  const { figures } = check(story.lines)
  t.same(figures.calm, { count: 100, p50: 50, p99: 99, most: 100 })
  t.same(figures.all, { count: 101, p50: 51, p99: 100, most: 4_000 })
})

t.test('a history that contradicts itself is refused', async (t) => {
  t.throws(() => check([{ type: 'probe-arrived', at: 1, probe: 1 }]), /nobody sent/)
  t.throws(() => check([{ type: 'change-failed', at: 1, change: 1 }]), /nobody asked for/)
})
