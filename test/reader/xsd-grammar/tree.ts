/**
 * Random documents that the schemas allow, as trees: optional parts in and out, each choice, occurrences, values.
 */
import type {
  AttributeDeclaration,
  ComplexType,
  ElementDeclaration,
  Particle,
  SimpleType,
} from '../../../scripts/schemas/xsd-model.ts'
import { RA, SR } from '../../fixtures/message.ts'
import type { Aim } from './aims.ts'
import { anySubject, type MessageSubject, messageValue } from './message-values.ts'
import type { Random } from './random.ts'
import { anyValue, isPadded } from './values.ts'

export interface MadeAttribute {
  readonly name: string
  readonly value: string
  readonly isPadded: boolean
}

export interface MadeElement {
  readonly namespace: string
  readonly name: string
  readonly attributes: readonly MadeAttribute[]
  /** Absent where only child elements may stand. */
  readonly text:
    | { readonly value: string; readonly isPadded: boolean; readonly isBase64: boolean }
    | undefined
  readonly children: readonly MadeElement[]
  /** Text may stand between the children. */
  readonly isMixed: boolean
}

/** How often more than the schema asks for is repeated, and once in some documents. */
const A_FEW = 3
const MANY = 100

/** A tree below the root that holds what it aims at. */
export function madeTree(root: ElementDeclaration, aim: Aim, random: Random): MadeElement {
  return new TreeMaker(random).element(root, aim.particles)
}

/** The paths of all elements of a tree: local names from the root on, joined by `/`. */
export function* pathsIn({ name, children }: MadeElement, above = ''): Generator<string> {
  const path = `${above}${name}`
  yield path
  for (const child of children) yield* pathsIn(child, `${path}/`)
}

class TreeMaker {
  readonly #random: Random
  readonly #subject: MessageSubject
  /** How many of the optional parts are there. */
  readonly #fullness: number
  #hasMany: boolean
  #ids = 0

  constructor(random: Random) {
    this.#random = random
    this.#subject = anySubject(random)
    this.#fullness = random.pick([0, 0.1, 0.5, 0.5, 0.9, 1])
    this.#hasMany = !random.chance(0.05)
  }

  /** `aim`: the particles to go through, those of the element's own content first. */
  element(element: ElementDeclaration, aim: readonly Particle[]): MadeElement {
    const { name, namespace, type } = element
    const made = { name, namespace, attributes: [], text: undefined, children: [], isMixed: false }
    if (type.kind === 'simple') return { ...made, text: this.#text(element, type) }
    return {
      ...made,
      attributes: this.#attributes(type),
      text: type.value && this.#text(element, type.value),
      children: type.content ? this.#particle(type.content, aim) : [],
      isMixed: type.isMixed,
    }
  }

  #particle(particle: Particle, aim: readonly Particle[]): MadeElement[] {
    const isWanted = particle === aim[0]
    const times = Math.max(this.#times(particle), isWanted ? 1 : 0)
    return Array.from({ length: times }, (_, time) =>
      this.#once(particle, isWanted && time === 0 ? aim.slice(1) : []),
    ).flat()
  }

  #times({ min, max }: Particle): number {
    let times = min === 0 && this.#random.chance(this.#fullness) ? 1 : min
    if (times > 0 && max >= MANY && !this.#hasMany) {
      this.#hasMany = true
      return this.#random.between(min, Math.min(max, min + MANY))
    }
    while (times > 0 && times < Math.min(max, min + A_FEW) && this.#random.chance(0.25)) times++
    return Math.min(times, max)
  }

  #once(particle: Particle, aim: readonly Particle[]): MadeElement[] {
    switch (particle.kind) {
      case 'element':
        return [this.element(particle.element, aim)]
      case 'any':
        return [this.#foreign(particle)]
      case 'sequence':
        return particle.particles.flatMap((child) => this.#particle(child, child === aim[0] ? aim : []))
      case 'choice': {
        const wanted = particle.particles.find((child) => child === aim[0])
        return this.#particle(wanted ?? this.#random.pick(particle.particles), wanted ? aim : [])
      }
    }
  }

  #attributes(type: ComplexType): MadeAttribute[] {
    const present = type.attributes.filter(
      ({ isRequired }) => isRequired || this.#random.chance(this.#fullness),
    )
    return present.map((attribute) => ({
      name: attribute.name,
      value: this.#attributeValue(attribute),
      isPadded: isPadded(attribute.type),
    }))
  }

  #attributeValue({ name, type, fixed }: AttributeDeclaration): string {
    if (type.builtin === 'ID') return `id-${++this.#ids}`
    if (name === 'schemaVersion') return this.#random.pick(['5.1', '5.4', '05.10'])
    return fixed ?? anyValue(type, this.#random)
  }

  #text(element: ElementDeclaration, type: SimpleType): MadeElement['text'] {
    return {
      value: messageValue(element, type, this.#subject, this.#random),
      isPadded: isPadded(type),
      isBase64: type.builtin === 'base64Binary',
    }
  }

  /** What a wildcard takes: a RequestID that says nothing there, or where the schema is lax what nobody declares. */
  #foreign({ isLax }: Particle & { kind: 'any' }): MadeElement {
    const element = { attributes: [], children: [], isMixed: false }
    const value = '11-11-11-11-11-11-11-11:11-11-11-11-11-11-11-11:1'
    const text = { value, isPadded: true, isBase64: false }
    if (!isLax || this.#random.chance(0.3)) return { ...element, name: 'RequestID', namespace: SR, text }
    const name = this.#random.pick(['DeviceID', 'GBCSPayload', 'AlertCode', 'Whatever'])
    const namespace = this.#random.pick(['urn:x', 'http://www.w3.org/2001/04/xmlenc#', SR, RA])
    return { ...element, name, namespace, text: { ...text, value: '8F0A' } }
  }
}
