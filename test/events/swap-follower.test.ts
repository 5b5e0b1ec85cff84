// In whatever order a swap is decided on, kept, taken, answered and applied: its Device is announced until its flag is there.
import fc from 'fast-check'
import t from 'tap'
import { type FlagReading, instantOf } from '../../src/core/device/device.ts'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import type { TrafficEvent } from '../../src/core/restriction/restriction.ts'
import { SwapFollower } from '../../src/events/swap-follower.ts'
import { AnnouncedDevices } from '../../src/flags/announced-devices.ts'
import { request, response } from '../policy/messages.ts'
import { ESME, GPF, GSME, key, NEW_GPF, traffic } from '../restriction/scene.ts'

const HOUR = 3_600_000

/** The store and the feed, as far as one swap asks of them. */
class World {
  readonly announced: AnnouncedDevices
  readonly follower: SwapFollower
  nowMs = 0
  isStoreThere = true
  /** Whether this gateway gets through to the changes; the rest of the store may answer all the same. */
  isFeedThere = true
  /** Events on disk, oldest first. */
  readonly spool: TrafficEvent[] = []
  readonly #stored: TrafficEvent[] = []
  #isFlagInStore = false
  isFlagHere = false

  constructor(limit?: number) {
    this.announced = new AnnouncedDevices(limit)
    this.follower = this.newFollower()
  }

  newFollower(announced = this.announced): SwapFollower {
    return new SwapFollower({
      announced,
      clock: { now: () => instantOf(this.nowMs) },
      hasBacklog: () => this.spool.length > 0,
      unanswered: async (_events, since) => {
        if (!this.isStoreThere) throw new Error('the store is away')
        return this.#stored.filter(
          ({ stage, at, requestId }) =>
            stage === 'requested' &&
            at >= since &&
            !this.#stored.some((one) => one.stage === 'done' && one.requestId === requestId),
        )
      },
      catchUp: async () => {
        if (this.isFeedThere) this.isFlagHere = this.#isFlagInStore
        return this.isFeedThere
      },
    })
  }

  deliver(follower = this.follower): void {
    if (!this.isStoreThere) return
    const events = this.spool.splice(0)
    this.#stored.push(...events)
    if (this.#stored.some(({ stage }) => stage === 'done')) this.#isFlagInStore = true
    follower.taken(events)
  }
}

const swapped = (stage: 'requested' | 'done', decision: string = stage): TrafficEvent =>
  traffic('hub-change', [NEW_GPF], { decision, stage, at: instantOf(0), requestId: 'R' })
const asked = request([], { devices: [NEW_GPF], requestId: 'R' })
const answered = (responseCode: string): MessageFacts =>
  response([], { devices: [NEW_GPF], requestId: 'R', responseCode })

type Step =
  | 'ask'
  | 'keep request'
  | 'end request'
  | 'answer'
  | 'keep answer'
  | 'end answer'
  | 'deliver'
  | 'follow'
  | 'store'
  | 'feed'
  | 'restart'

t.test(
  'from the request on the new Device is announced until its flag is here, whatever happens in between',
  async (t) => {
    let swaps = 0
    const own: Step[] = ['ask', 'keep request', 'end request', 'answer', 'keep answer', 'end answer']
    const between = fc.array(fc.constantFrom<Step>('deliver', 'follow', 'store', 'feed', 'restart'), {
      maxLength: 4,
    })
    await fc.assert(
      fc.asyncProperty(fc.array(between, { minLength: own.length, maxLength: own.length }), async (gaps) => {
        const world = new World()
        let { announced, follower } = world
        let hasBegun = false
        const steps = own.flatMap((step, place): Step[] => [step, ...(gaps[place] ?? [])])
        for (const step of steps) {
          if (step === 'ask') follower.decided('requested', asked, ['hub-change'])
          if (step === 'keep request') follower.keeping([swapped('requested')])
          if (step === 'keep request') world.spool.push(swapped('requested'))
          if (step === 'end request') follower.handled('requested')
          if (step === 'answer') follower.decided('done', answered('I0'), ['hub-change'])
          if (step === 'keep answer') follower.keeping([swapped('done')])
          if (step === 'keep answer') world.spool.push(swapped('done'))
          if (step === 'end answer') follower.handled('done')
          if (step === 'deliver') world.deliver(follower)
          if (step === 'follow') await follower.follow().catch(() => undefined)
          if (step === 'store') world.isStoreThere = !world.isStoreThere
          if (step === 'feed') world.isFeedThere = !world.isFeedThere
          // A process that stops while a message is under way has not forwarded it, or its sender sends it again.
          if (step === 'restart' && world.spool.length > 0) {
            announced = new AnnouncedDevices()
            follower = world.newFollower(announced)
            follower.keeping(world.spool)
          }
          hasBegun ||= step === 'ask'
          if (hasBegun && !announced.has(NEW_GPF) && !world.isFlagHere) return false
        }
        world.isStoreThere = true
        world.isFeedThere = true
        world.deliver(follower)
        await follower.follow()
        swaps += announced.has(NEW_GPF) ? 0 : 1
        return world.isFlagHere && !announced.has(NEW_GPF)
      }),
      { numRuns: 1_000 },
    )
    t.equal(swaps, 1_000)
  },
)

t.test('until the store has said what waits for an answer, every Device may be announced', async (t) => {
  const { announced, follower } = new World()
  t.equal(announced.has(ESME), true)
  await follower.follow()
  t.equal(announced.has(ESME), false)
})

t.test(
  'a request that is never answered is waited for an hour; an event that was lost as well',
  async (t) => {
    const world = new World()
    const { announced, follower } = world
    await follower.follow()
    follower.decided('requested', asked, ['hub-change'])
    follower.keeping([swapped('requested')])
    world.spool.push(swapped('requested'))
    follower.handled('requested')
    world.deliver()
    await follower.follow()
    const lost = traffic('han-change', [GSME], { decision: 'lost', stage: 'done' })
    follower.keeping([lost])
    follower.lost([lost])
    world.nowMs = HOUR - 1
    await follower.follow()
    t.same([announced.has(NEW_GPF), announced.has(GSME)], [true, true])
    world.nowMs = HOUR + 1
    await follower.follow()
    t.same([announced.has(NEW_GPF), announced.has(GSME)], [false, false])
  },
)

t.test('a request that fails at once is not waited for, although it is kept afterwards', async (t) => {
  const world = new World()
  const { announced, follower } = world
  await follower.follow()
  follower.decided('requested', asked, ['hub-change'])
  follower.decided('requested/reply', answered('E5'), [])
  follower.keeping([swapped('requested')])
  world.spool.push(swapped('requested'))
  follower.handled('requested')
  t.equal(announced.has(NEW_GPF), false)
  world.deliver()
  await follower.follow()
  t.equal(announced.has(NEW_GPF), false)
})

t.test('what finds no room makes every Device unknown until all of it is resolved', async (t) => {
  const world = new World(2)
  const { announced, follower } = world
  await follower.follow()
  const events = [NEW_GPF, GPF, GSME].map((device, place) =>
    traffic('hub-change', [device], { decision: `D-${place}`, stage: 'done' }),
  )
  for (const event of events) {
    follower.decided(event.decision, response([], { devices: event.devices }), ['hub-change'])
    follower.keeping([event])
    world.spool.push(event)
    follower.handled(event.decision)
  }
  await follower.follow()
  t.equal(announced.has(key('00-00-00-00-00-00-00-01')), true)
  t.equal(announced.size, 2)
  world.deliver()
  await follower.follow()
  t.equal(announced.isComplete, true)
  t.equal(announced.size, 0)
})

t.test('only a clear reading is masked', async (t) => {
  const announced = new AnnouncedDevices()
  const known = { type: undefined, version: 1, ageMs: 0, isStale: false }
  const readings: FlagReading[] = [
    { ...known, state: 'clear' },
    { ...known, state: 'restricted' },
    { ...known, state: 'clear' },
  ]
  t.equal(announced.mask([GPF, GSME, ESME], readings), readings)
  announced.add('one', [GPF, GSME])
  t.same(
    announced.mask([GPF, GSME, ESME], readings).map(({ state }) => state),
    ['unknown', 'restricted', 'clear'],
  )
  const { generation } = announced
  announced.delete('one')
  t.ok(announced.generation > generation, 'readings taken before and after do not fit together')
})
