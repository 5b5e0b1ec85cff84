/** What Node is told for a worker, beside what it was told for the primary. */
import { availableParallelism } from 'node:os'

/**
 * Node collects garbage with helper threads on other cores. Where there is a worker for every core they have none to
 * themselves: they would take the core of a worker that carries messages, so each collects with its own thread alone.
 */
export function nodeWordsFor(workers: number, cores = availableParallelism()): string[] {
  return workers < cores ? [...process.execArgv] : [...process.execArgv, '--single-threaded-gc']
}
