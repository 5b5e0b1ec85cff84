/**
 * What a second worker brings, and whether the run could show it at all: the generator and the upstream must have had time
 * left on cores of their own, or it is their limit that was measured.
 */
import type { ResultWith, RungFigures } from './result.ts'

/** The rungs that differ only in the number of workers. */
export const ONE_WORKER = 'mix'
export const TWO_WORKERS = 'mix/2-workers'

/** Two workers, generator and upstream need one each. */
export const CORES_OF_TWO_WORKERS = 4
/** Above this share of its core a process may have been the limit. */
const HAD_TIME_LEFT = 0.85

/** A sentence; undefined when one of the two rungs has no figures. */
export function workersFinding({
  rungs,
  machine,
}: ResultWith<'throughput' | 'cpuMicros' | 'coreShare'>): string | undefined {
  const figuresOf = (rung: string) => rungs.find(({ name }) => name === rung)?.figures
  const [one, two] = [figuresOf(ONE_WORKER), figuresOf(TWO_WORKERS)]
  if (!one || !two) return undefined
  const gain = `Two workers took × ${(two.throughput.median / one.throughput.median).toFixed(2)} the messages of one.`
  const { generator, farSide } = two.coreShare
  const shares = `generator ${percent(generator.median)}, upstream ${percent(farSide.median)} of a core`
  if (machine.cores < CORES_OF_TWO_WORKERS)
    return `${gain} With ${machine.cores} cores they shared them with generator and upstream: what a second worker brings is not shown (${shares}). ${byCost(one, two)}`
  const isFree = Math.max(generator.median, farSide.median) < HAD_TIME_LEFT
  if (isFree) return `${gain} Neither side of them was the limit: ${shares}.`
  return `${gain} This is a lower bound, because the sides of them were at their limit: ${shares}.`
}

type Cost = Pick<RungFigures, 'cpuMicros'>

/** What the costs allow, where there were not cores enough to see it. */
function byCost(one: Cost, two: Cost): string {
  const [alone, together] = [one.cpuMicros.median, two.cpuMicros.median]
  const micros = `${alone.toFixed(1)} µs of CPU with one worker and ${together.toFixed(1)} µs with two`
  return `A message cost ${micros}: with a core for each that would make × ${((2 * alone) / together).toFixed(2)}.`
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`
}
