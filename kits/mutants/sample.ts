/**
 * Which mutants a run tries. Each has a number that follows from the seed and from what it is, not from where it stands; the
 * lowest numbers are tried, as many of each area. So the sample of a seed stays the same where the code does.
 */
import { createHash } from 'node:crypto'
import type { Mutant } from './mutation.ts'

/** The mutants of an area, in the order in which a run with this seed takes them. */
export function inOrder(mutants: readonly Mutant[], seed: number): readonly Mutant[] {
  const seen = new Map<string, number>()
  return mutants
    .map((mutant) => {
      const what = [seed, mutant.file, mutant.code, mutant.change].join('\n')
      const again = (seen.get(what) ?? 0) + 1
      seen.set(what, again)
      return { mutant, number: createHash('sha256').update(`${what}\n${again}`).digest('hex') }
    })
    .sort((one, other) => (one.number < other.number ? -1 : 1))
    .map(({ mutant }) => mutant)
}

/** Takes from each list in turn what is accepted, until there are `count` or no more. */
export function takeInTurn(
  lists: readonly (readonly Mutant[])[],
  count: number,
  accepts: (mutant: Mutant) => boolean,
): readonly Mutant[] {
  const taken: Mutant[] = []
  let queues = lists.map((list) => list.values())
  while (queues.length > 0 && taken.length < count) {
    queues = queues.filter((queue) => {
      if (taken.length === count) return true
      const next = firstOf(queue, accepts)
      if (next) taken.push(next)
      return next !== undefined
    })
  }
  return taken
}

function firstOf(queue: Iterator<Mutant>, accepts: (mutant: Mutant) => boolean): Mutant | undefined {
  for (let next = queue.next(); !next.done; next = queue.next()) if (accepts(next.value)) return next.value
  return undefined
}
