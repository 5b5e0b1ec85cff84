/** The mark of the event spool: a file with the bytes of it that were delivered, replaced whole. */
import { readFileSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'

/** Bytes delivered; 0 when there is no mark, which only repeats deliveries. */
export function readMark(path: string): number {
  try {
    const mark = Number(readFileSync(path, 'utf8'))
    return Number.isSafeInteger(mark) && mark > 0 ? mark : 0
  } catch {
    return 0
  }
}

/** Never in the way of messages: a disk may take its time, and they share the event loop. */
export async function writeMark(path: string, delivered: number): Promise<void> {
  const fresh = `${path}.new`
  const file = await open(fresh, 'w')
  try {
    await file.writeFile(String(delivered))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(fresh, path)
}
