/**
 * Legal documents by the thousand: each is made from the schemas by a seed and its number, and aims at one element, so
 * that in a long enough run every element of the schemas stands in some document.
 */
import { type ElementDeclaration, XsdModel } from '../../../scripts/schemas/xsd-model.ts'
import type { Direction } from '../../../src/core/duis/facts.ts'
import { SR } from '../../fixtures/message.ts'
import type { MadeDocument } from '../made-document.ts'
import { type Aim, aimsBelow } from './aims.ts'
import { disturbed } from './disturbance.ts'
import { Random } from './random.ts'
import { spelledOut } from './spelling.ts'
import { type MadeElement, madeTree, pathsIn } from './tree.ts'

/** Elements whose children say what a message is: Requests, Responses, alerts, schedules and what they carry. */
const SAYS_WHAT = ['Body', 'CreateSchedule', 'ResponseMessage', 'DCCAlert', 'SMETSData', 'Payload']

interface Target extends Aim {
  readonly direction: Direction
  readonly root: ElementDeclaration
}

export interface MadeLegalDocument extends MadeDocument {
  /** The paths of its elements. */
  readonly paths: ReadonlySet<string>
}

export class XsdGrammar {
  /** Paths of the elements that say what a message is: the first documents of a run aim at them, one each. */
  readonly kinds: readonly string[]
  readonly #targets: readonly Target[]
  readonly #seed: number

  constructor(schemas: ReadonlyMap<string, string>, seed: number) {
    const model = new XsdModel(schemas)
    const targets = [
      ...targetsBelow(model.element(SR, 'Request'), 'southbound'),
      ...targetsBelow(model.element(SR, 'Response'), 'northbound'),
    ]
    const kinds = targets.filter(({ path }) => SAYS_WHAT.includes(path.split('/').at(-2) ?? ''))
    this.kinds = kinds.map(({ path }) => path)
    this.#targets = [...kinds, ...targets.filter((target) => !kinds.includes(target))]
    this.#seed = seed
  }

  /** Paths of all elements of the schemas, each once. */
  get paths(): ReadonlySet<string> {
    return new Set(this.#targets.map(({ path }) => path))
  }

  legal(number: number): MadeLegalDocument {
    const { random, target, tree } = this.#made(number)
    return { ...written(target, tree, random), paths: new Set(pathsIn(tree)) }
  }

  /** The document of this number with a few disturbances, of which some leave it legal. */
  nearlyLegal(number: number): MadeDocument {
    const { random, target, tree } = this.#made(number)
    return written(target, disturbed(tree, random), random)
  }

  #made(number: number): { random: Random; target: Target; tree: MadeElement } {
    const target = this.#targets[number % this.#targets.length] as Target
    const random = new Random(this.#seed, number)
    return { random, target, tree: madeTree(target.root, target, random) }
  }
}

function written({ direction }: Target, tree: MadeElement, random: Random): MadeDocument {
  return { direction, bytes: Buffer.from(spelledOut(tree, random)), cut: random.below(1_000) / 1_000 }
}

function targetsBelow(root: ElementDeclaration, direction: Direction): Target[] {
  return aimsBelow(root).map((aim) => ({ ...aim, root, direction }))
}
