/**
 * A first reader that has lost a path is noticed: each path of the plan is taken out in turn, and where fixtures, or documents made
 * from the XSD, are then read otherwise, the comparison says so of one at least. It need not of all: where a message code stands
 * for one of several SRVs, a message that claims the one elsewhere is read alike by the rules.
 */
import t from 'tap'
import { formatEui64 } from '../../src/core/duis/eui64.ts'
import { claimedCodes, type Direction, type MessageFacts } from '../../src/core/duis/facts.ts'
import type { PathNode } from '../../src/core/duis/path-node.ts'
import { type ReadingPlan, readMessage } from '../../src/core/duis/reader.ts'
import { differences } from '../../src/second-reader/differences.ts'
import { readAgain } from '../../src/second-reader/read-again.ts'
import { allFixtures } from '../fixtures/all.ts'
import { XsdGrammar } from '../reader/xsd-grammar/grammar.ts'
import { officialSchemas } from '../support/official-xsd.ts'
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

/** Documents that aim at one element each. */
const schemas = officialSchemas()
const grammar = schemas && new XsdGrammar(schemas, 20_260_302)
const made = grammar ? Array.from({ length: 400 }, (_, number) => grammar.legal(number)) : []

/** What a verdict rests on and both readers have. */
function essence(facts: MessageFacts): string {
  const { kind, hasData, devices } = facts
  return JSON.stringify([kind, hasData, claimedCodes(facts).sort(), devices.map(formatEui64).sort()])
}

for (const direction of ['southbound', 'northbound'] satisfies Direction[]) {
  const readable = [...allFixtures, ...made].flatMap(({ direction: of, bytes }) => {
    const result = readMessage(plans[direction], bytes)
    if (of !== direction || !result.ok) return []
    return [{ bytes, truth: essence(result.facts), second: readAgain(bytes, secondOptions) }]
  })

  t.test(`every ${direction} path without which a message is read otherwise`, async (t) => {
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
      t.ok(
        changed.some((found) => found.length > 0),
        `${path} is noticed where it is lacking`,
      )
    }
    t.ok(noticed > 40, `${noticed} of ${mutants}`)
    t.comment(`figure: ${noticed} of ${mutants} lost paths change what a message says, each is noticed`)
  })
}
