/**
 * A first reader that has lost a path is noticed: each path of the plan is taken out in turn, and wherever a fixture is then read
 * as less, the comparison says so.
 */
import t from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { claimedCodes, type Direction, type MessageFacts } from '../../src/core/duis/facts.ts'
import { type ReadingPlan, readMessage } from '../../src/core/duis/reader.ts'
import type { PathNode } from '../../src/core/duis/reading-plan.ts'
import { differences } from '../../src/second-reader/differences.ts'
import { readAgain } from '../../src/second-reader/read-again.ts'
import { allFixtures } from '../fixtures/all.ts'
import { plans } from '../support/plans.ts'
import { secondOptions } from './second.ts'

interface Mutant {
  readonly path: string
  readonly plan: ReadingPlan
}

/** The plan without one of its paths, for each of them. */
function* mutantsOf(plan: ReadingPlan): Generator<Mutant> {
  for (const [path, document] of withoutOne(plan.document)) yield { path, plan: { ...plan, document } }
}

function* withoutOne(node: PathNode): Generator<[path: string, node: PathNode]> {
  for (const [number, child] of node.children) {
    const others = new Map(node.children)
    others.delete(number)
    yield [child.name, { ...node, children: others }]
    for (const [path, changed] of withoutOne(child))
      yield [`${child.name}/${path}`, { ...node, children: new Map(node.children).set(number, changed) }]
  }
}

/** What a verdict rests on and both readers have. */
function essence(facts: MessageFacts): string {
  const { kind, hasData, devices } = facts
  return JSON.stringify([kind, hasData, claimedCodes(facts).sort(), devices.map(formatEui64).sort()])
}

for (const direction of ['southbound', 'northbound'] satisfies Direction[]) {
  const readable = allFixtures.flatMap(({ direction: of, bytes }) => {
    const result = readMessage(plans[direction], bytes)
    if (of !== direction || !result.ok) return []
    return [{ bytes, truth: essence(result.facts), second: readAgain(bytes, secondOptions) }]
  })

  t.test(`every ${direction} path without which a fixture is read otherwise`, async (t) => {
    let mutants = 0
    let noticed = 0
    for (const { path, plan } of mutantsOf(plans[direction])) {
      mutants++
      const changed = readable.flatMap(({ bytes, truth, second }) => {
        const result = readMessage(plan, bytes)
        return result.ok && essence(result.facts) !== truth ? [differences(result.facts, second)] : []
      })
      if (changed.length === 0) continue
      noticed++
      t.notOk(
        changed.some((found) => found.length === 0),
        `${path} is missed where it is lacking`,
      )
    }
    t.ok(noticed > 40, `${noticed} of ${mutants}`)
    t.comment(`figure: ${noticed} of ${mutants} lost paths change what a fixture says, each is noticed`)
  })
}
