/** How long a replay will go on, by how much of its files has been played. */
import type { MessageSource } from '../message-sources.ts'

/** Bytes of all sources; undefined where one is standard input. */
export async function bytesOfAll(sources: readonly MessageSource[]): Promise<number | undefined> {
  let bytes = 0
  for (const source of sources) {
    const size = await source.size()
    if (size === undefined) return undefined
    bytes += size
  }
  return bytes
}

/** Before that nothing is said: the first messages say little about the rest. */
const FIRST_MS = 1_000

/** `2 min 5 s left`; undefined as long as nothing can be said. `of`: all there is to do, in the unit of `done`. */
export function timeLeft(elapsedMs: number, done: number, of: number | undefined): string | undefined {
  if (of === undefined || done <= 0 || elapsedMs < FIRST_MS) return undefined
  const seconds = Math.ceil((elapsedMs * Math.max(0, of - done)) / done / 1_000)
  return `${inUnits(seconds)} left`
}

/** The two largest units that a length of time has. */
function inUnits(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds} s`
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
