/** How far a gateway's heap may grow between two collections of the whole of it. */
import { setFlagsFromString } from 'node:v8'

/**
 * The old generation may grow to three times what was live before all of it is collected again. V8 alone gives a small heap
 * 8 MB beyond its young generation and counts buffers too; those of the messages in flight are as many bytes, so the whole
 * heap was marked several times a second, for nothing.
 */
export const HEAP_GROWTH = '--heap-growing-percent=200'

/** Lets the heap of this process grow so from now on; the most that it may take stays what Node was told. */
export function letHeapGrow(): void {
  setFlagsFromString(HEAP_GROWTH)
}
