/** The particles that a document must go through to hold a certain element, so that none is left to chance. */
import type { ElementDeclaration, Particle } from '../../../scripts/schemas/xsd-model.ts'

export interface Aim {
  /** Local names from the root on, joined by `/`. */
  readonly path: string
  /** From the content of the root down to the element. */
  readonly particles: readonly Particle[]
}

/** One for each element below the root, in the order of the schema. */
export function aimsBelow(root: ElementDeclaration): Aim[] {
  return [...inside(root, root.name, [])]
}

function* inside(element: ElementDeclaration, path: string, above: readonly Particle[]): Generator<Aim> {
  const { type } = element
  if (type.kind === 'complex' && type.content) yield* through(type.content, path, above)
}

function* through(particle: Particle, path: string, above: readonly Particle[]): Generator<Aim> {
  const particles = [...above, particle]
  if (particle.kind === 'element') {
    const here = `${path}/${particle.element.name}`
    yield { path: here, particles }
    yield* inside(particle.element, here, particles)
  } else if (particle.kind !== 'any') {
    for (const child of particle.particles) yield* through(child, path, particles)
  }
}
