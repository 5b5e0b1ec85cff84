/**
 * Values that a simple type allows: facets of every step of its derivation hold.
 */
import { innermost, type SimpleType } from '../../../scripts/schemas/xsd-model.ts'
import { textOfPattern } from './pattern.ts'
import type { Random } from './random.ts'

const ATTEMPTS = 200

/** A text of the type before spelling; throws when none is found. */
export function anyValue(type: SimpleType, random: Random): string {
  const facets = new Facets(type)
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const text = facets.candidate(random)
    if (facets.hold(text)) return text
  }
  throw new Error(`no value of ${type.name ?? type.builtin} in ${ATTEMPTS} attempts`)
}

/** Types whose white space counts; and those of time, around which libxml2 wrongly takes none. */
const NOT_PADDED = ['string', 'normalizedString', 'dateTime', 'date', 'time']

/** Whether white space may be written around a value and is no part of it. */
export function isPadded(type: SimpleType): boolean {
  return !NOT_PADDED.includes(type.builtin)
}

/** Least and greatest of the built-in types that have bounds of their own, where the facets give none. */
const RANGES: Readonly<Record<string, readonly [least: number, most: number]>> = {
  decimal: [-1_000_000, 1_000_000],
  integer: [-1_000_000_000, 1_000_000_000],
  int: [-2_147_483_648, 2_147_483_647],
  short: [-32_768, 32_767],
  positiveInteger: [1, 2_000_000_000],
  nonNegativeInteger: [0, 2_000_000_000],
  nonPositiveInteger: [-2_000_000_000, 0],
  unsignedLong: [0, 2 ** 48],
  unsignedInt: [0, 4_294_967_295],
  unsignedShort: [0, 65_535],
}

class Facets {
  readonly #type: SimpleType
  readonly #steps: readonly SimpleType[]

  constructor(type: SimpleType) {
    this.#type = type
    const steps = [type]
    for (let base = type.base; base; base = base.base) steps.push(base)
    this.#steps = steps
  }

  candidate(random: Random): string {
    const enumeration = innermost(this.#type, 'enumeration')
    if (enumeration.length > 0) return random.pick(enumeration)
    const pattern = this.#all('pattern')[0]
    if (pattern !== undefined) return textOfPattern(pattern, random)
    return this.#ofBuiltin(random)
  }

  hold(text: string): boolean {
    const length = this.#lengthOf(text)
    const [least, most] = this.#lengths()
    const patterns = this.#all('pattern')
    return (
      length >= least &&
      length <= most &&
      patterns.every((pattern) => new RegExp(`^(?:${pattern})$`).test(text))
    )
  }

  #ofBuiltin(random: Random): string {
    const { builtin } = this.#type
    if (builtin in RANGES) return this.#number(random)
    switch (builtin) {
      case 'string':
      case 'normalizedString':
      case 'token':
        return words(random, this.#length(random), builtin)
      case 'hexBinary':
        return cased(random.bytes(this.#length(random)).toString('hex'), random)
      case 'base64Binary':
        return random.bytes(this.#length(random)).toString('base64')
      case 'boolean':
        return random.pick(['true', 'false', '0', '1'])
      case 'dateTime':
        return `${date(random)}T${time(random)}`
      case 'date':
        return `${date(random)}${random.pick(['', 'Z', '+01:00'])}`
      case 'time':
        return time(random)
      case 'anyURI':
        return random.pick(['', '#id1', 'http://www.w3.org/2000/09/xmldsig#sha1', 'urn:x:4.1.1'])
      default:
        throw new Error(`xs:${builtin} is not understood`)
    }
  }

  #number(random: Random): string {
    const [least = 0, most = 0] = RANGES[this.#type.builtin] ?? []
    const digits = Number(this.#all('fractionDigits')[0] ?? (this.#type.builtin === 'decimal' ? 3 : 0))
    const total = 10 ** Math.min(12, Number(this.#all('totalDigits')[0] ?? 12)) - 1
    const unit = 10 ** -digits
    const above = this.#bound('minExclusive').map((value) => value + unit)
    const below = this.#bound('maxExclusive').map((value) => value - unit)
    const from = Math.max(least, -total * unit, ...above, ...this.#bound('minInclusive'))
    const to = Math.min(most, total * unit, ...below, ...this.#bound('maxInclusive'))
    const value = random.chance(0.2)
      ? random.pick([from, to])
      : from + random.below((to - from) / unit + 1) * unit
    const text = Math.min(value, to).toFixed(digits)
    return digits === 0 || random.chance(0.7) ? text : text.replace(/\.?0+$/, '')
  }

  #bound(name: string): number[] {
    return this.#all(name).map(Number)
  }

  /** Mostly short. */
  #length(random: Random): number {
    const [least, most] = this.#lengths()
    return random.between(least, Math.min(most, least + random.pick([0, 1, 8, 40])))
  }

  #lengths(): [least: number, most: number] {
    const exact = this.#bound('length')
    return [
      Math.max(0, ...exact, ...this.#bound('minLength')),
      Math.min(Number.POSITIVE_INFINITY, ...exact, ...this.#bound('maxLength')),
    ]
  }

  /** Bytes of binary types, characters of others. */
  #lengthOf(text: string): number {
    if (this.#type.builtin === 'hexBinary') return text.length / 2
    if (this.#type.builtin === 'base64Binary') return Buffer.from(text, 'base64').length
    return [...text].length
  }

  #all(facet: string): string[] {
    return this.#steps.flatMap((step) => step.facets.get(facet) ?? [])
  }
}

const CHARACTERS = [...'abcXYZ0189.-: <>&"\'/;]\u00e9\u20ac\u{1f50c}']

function words(random: Random, length: number, builtin: string): string {
  const text = Array.from({ length }, () => random.pick(CHARACTERS)).join('')
  // White space of a token is collapsed before its length counts.
  return builtin === 'token' ? text.replaceAll(' ', '_') : text
}

function cased(hex: string, random: Random): string {
  return random.chance(0.5) ? hex.toUpperCase() : hex
}

function date(random: Random): string {
  const month = `${random.between(1, 12)}`.padStart(2, '0')
  return `20${random.between(13, 39)}-${month}-${`${random.between(1, 28)}`.padStart(2, '0')}`
}

function time(random: Random): string {
  const part = (limit: number) => `${random.below(limit)}`.padStart(2, '0')
  const fraction = random.pick(['', '', '.5', '.00', '.123456'])
  return `${part(24)}:${part(60)}:${part(60)}${fraction}${random.pick(['', 'Z', 'Z', '+01:00', '-05:30'])}`
}
