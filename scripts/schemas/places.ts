/**
 * Every place below an element of the schemas where a value may stand, as paths.
 */
import {
  type ComplexType,
  type ElementDeclaration,
  innermost,
  type Occurs,
  type Particle,
  type SchemaPlace,
  type Type,
} from './xsd-model.ts'

/** How paths write the namespaces; the Service User Gateway's own names have no prefix. */
const PREFIXES: Readonly<Record<string, string>> = {
  'http://www.dccinterface.co.uk/ServiceUserGateway': '',
  'http://www.dccinterface.co.uk/ResponseAndAlert': 'ra:',
  'http://www.w3.org/2000/09/xmldsig#': 'ds:',
}

export interface Place extends SchemaPlace {
  /** Names below the start, joined by `/`; an attribute ends in `@name`, a wildcard in `*`. */
  readonly path: string
  /**
   * `element`: has no child elements by the schema, so text or nothing; `any`: elements may stand here that these
   * schemas do not declare.
   */
  readonly kind: 'element' | 'attribute' | 'any'
  /** The nearest named type, which may be the built-in one; absent where there is no type with a name. */
  readonly type: string | undefined
  /** The built-in type that the text restricts, as `base64Binary`; absent where no text may stand. */
  readonly builtin: string | undefined
  /** What the text must match, where its type says so (the innermost that does). */
  readonly pattern: string | undefined
  /** The values that the text may have; empty where its type names none. */
  readonly enumeration: readonly string[]
  /** As written at the element itself: groups around it may make it optional or repeated. */
  readonly minOccurs: number
  /** `Infinity` when unbounded. */
  readonly maxOccurs: number
}

/**
 * In the order of the schema; a path comes twice where the schema has it in two branches of a choice. Throws at an
 * element that may hold itself, which none of DUIS and MMC does.
 */
export function* placesBelow(start: ElementDeclaration): Generator<Place> {
  yield* inside(start, '', [start.type])
}

type Open = readonly Type[]

function* inside(element: ElementDeclaration, path: string, open: Open): Generator<Place> {
  const { type } = element
  if (type.kind === 'simple') return
  yield* attributes(type, path)
  if (type.content) yield* below(type.content, element, path, open)
}

function* attributes(type: ComplexType, path: string): Generator<Place> {
  for (const { name, isRequired, file, line, type: value } of type.attributes) {
    const occurs = { minOccurs: isRequired ? 1 : 0, maxOccurs: 1 }
    yield { path: joined(path, `@${name}`), kind: 'attribute', ...typeNames(value), file, line, ...occurs }
  }
}

function* below(particle: Particle, parent: ElementDeclaration, path: string, open: Open): Generator<Place> {
  if (particle.kind === 'any') {
    const { file, line } = parent
    const names = { type: undefined, builtin: undefined, pattern: undefined, enumeration: [] }
    yield { path: joined(path, '*'), kind: 'any', ...names, file, line, ...occurrence(particle) }
  } else if (particle.kind === 'element') yield* at(particle.element, particle, path, open)
  else for (const child of particle.particles) yield* below(child, parent, path, open)
}

function* at(element: ElementDeclaration, occurs: Occurs, above: string, open: Open): Generator<Place> {
  const { type, name, namespace, file, line } = element
  const path = joined(above, `${PREFIXES[namespace] ?? ''}${name}`)
  if (type.kind === 'complex' && open.includes(type)) throw new Error(`${path} may hold itself`)
  const isLeaf = type.kind === 'simple' || !holdsElements(type.content)
  if (isLeaf) yield { path, kind: 'element', ...typeNames(type), file, line, ...occurrence(occurs) }
  yield* inside(element, path, [...open, type])
}

/** A sequence may be empty. */
function holdsElements(content: Particle | undefined): boolean {
  if (!content) return false
  return 'particles' in content ? content.particles.some(holdsElements) : true
}

function typeNames(type: Type): Pick<Place, 'type' | 'builtin' | 'pattern' | 'enumeration'> {
  const value = type.kind === 'simple' ? type : type.value
  let named: Type | undefined = type
  while (named && named.name === undefined) named = named.kind === 'simple' ? named.base : named.value
  return {
    type: named?.name,
    builtin: value?.builtin,
    pattern: innermost(value, 'pattern')[0],
    enumeration: innermost(value, 'enumeration'),
  }
}

function occurrence({ min, max }: Occurs): Pick<Place, 'minOccurs' | 'maxOccurs'> {
  return { minOccurs: min, maxOccurs: max }
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`
}
