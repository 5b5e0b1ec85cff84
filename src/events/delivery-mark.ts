/** The mark of the event spool: a file with the bytes of it that were delivered, replaced whole. */
import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'

/** Bytes delivered; 0 when there is no mark, which only repeats deliveries. */
export function readMark(path: string): number {
  try {
    const mark = Number(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(mark) && mark > 0 ? mark : 0
  } catch {
    return 0
  }
}

/**
 * Never in the way of messages: they share the event loop, and a sync would be one that the next answer waits for as well. What
 * a crash leaves of the mark without one only repeats deliveries.
 */
export async function writeMark(path: string, delivered: number): Promise<void> {
  const fresh = `${path}.new`
  await writeFile(fresh, String(delivered))
  await rename(fresh, path)
}
