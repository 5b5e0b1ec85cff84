/**
 * What a reader says while a message is still arriving: never more than the whole message says, never taken back.
 */
import t from 'tap'
import type { MessageFacts } from '../../src/core/duis/facts.ts'
import { DuisReader } from '../../src/core/duis/reader.ts'
import { allFixtures } from '../fixtures/all.ts'
import type { Fixture } from '../fixtures/fixture.ts'
import { request } from '../fixtures/message.ts'
import { plans, readWhole } from '../support/plans.ts'

const readable = allFixtures.filter(({ expected }) => !('fault' in expected))

/** Feeds a message byte by byte and looks at the reader after each. */
function watch({ direction, bytes }: Fixture, look: (reader: DuisReader, taken: number) => void): void {
  const reader = new DuisReader(plans[direction])
  for (let taken = 1; taken <= bytes.length; taken++) {
    reader.write(bytes.subarray(taken - 1, taken))
    look(reader, taken)
  }
}

/** Whether every list of `early` is where `late` begins. */
function isBeginningOf(early: MessageFacts, late: MessageFacts): boolean {
  return (
    early.claims.every((claim, index) => JSON.stringify(claim) === JSON.stringify(late.claims[index])) &&
    early.devices.every((device, index) => device === late.devices[index])
  )
}

t.test('what is known so far is where the final facts begin', async (t) => {
  for (const fixture of readable) {
    const whole = readWhole(fixture.direction, fixture.bytes)
    if (!whole.ok) continue
    let contradictions = 0
    watch(fixture, (reader) => {
      if (reader.isHeadComplete && !isBeginningOf(reader.factsSoFar(), whole.facts)) contradictions++
    })
    t.equal(contradictions, 0, fixture.path)
  }
})

t.test('a message goes from start to head to closed, and never back', async (t) => {
  const order = ['start', 'head', 'closed']
  for (const fixture of readable) {
    const states: string[] = []
    watch(fixture, ({ isHeadComplete, isRootClosed }) => {
      const state = isRootClosed ? 'closed' : isHeadComplete ? 'head' : 'start'
      if (states.at(-1) !== state) states.push(state)
    })
    t.same(
      states,
      order.filter((state) => states.includes(state)),
      fixture.path,
    )
    t.equal(states.at(-1), 'closed', fixture.path)
  }
})

t.test('the root is closed with the last byte of its end tag', async (t) => {
  for (const fixture of readable) {
    let closedAt = 0
    watch(fixture, (reader, taken) => {
      if (reader.isRootClosed && closedAt === 0) closedAt = taken
    })
    const text = Buffer.from(fixture.bytes).toString('latin1')
    t.match(text.slice(0, closedAt), /<\/[^<]*(?:Request|Response)>$/, fixture.path)
    t.match(
      text.slice(closedAt),
      /^(?:\s|<!--[\s\S]*?-->|<\?[\s\S]*?\?>)*$/,
      `${fixture.path}: only trifles follow`,
    )
  }
})

t.test('the head is complete with an element in place of a kind that nobody knows', async (t) => {
  const text = request({ srv: '4.1.1', body: '<sr:NewRead/>' })
  const upTo = text.indexOf('<sr:NewRead/>')
  const states = [upTo, upTo + '<sr:NewRead/>'.length].map((end) => {
    const reader = new DuisReader(plans.southbound)
    reader.write(Buffer.from(text.slice(0, end)))
    return reader.isHeadComplete
  })
  t.same(states, [false, true])
})
